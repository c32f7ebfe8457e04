"""Filters and patches by the examples of RFC 7644, sections 3.4.2.2 and 3.5.2, and as providers send them."""

from __future__ import annotations

import pytest

from payback.web.scim.errors import ScimError
from payback.web.scim.filters import parsed
from payback.web.scim.patch import patched

BABS = {
    "id": "2819c223",
    "userName": "bjensen@example.com",
    "name": {"familyName": "Jensen", "givenName": "Barbara"},
    "title": "Tour Guide",
    "userType": "Employee",
    "active": True,
    "emails": [
        {"value": "bjensen@example.com", "type": "work", "primary": True},
        {"value": "babs@jensen.org", "type": "home"},
    ],
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"costCenter": "4130"},
    "meta": {"lastModified": "2011-05-13T04:42:34Z"},
}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ('userName eq "BJensen@example.com"', True),
        ('userName Eq "bjensen"', False),
        ('name.familyName co "ense"', True),
        ('userName sw "J"', False),
        ('urn:ietf:params:scim:schemas:core:2.0:User:userName sw "b"', True),
        ('urn:ietf:params:scim:schemas:core:2.0:User:name.familyName eq "jensen"', True),
        ('urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:costCenter eq "4130"', True),
        ("title pr", True),
        ("nickName pr", False),
        ('meta.lastModified gt "2011-05-13T04:42:34Z"', False),
        ('meta.lastModified ge "2011-05-13T04:42:34Z"', True),
        ('meta.lastModified lt "2012-05-13T04:42:34Z"', True),
        ('title pr and userType eq "Employee"', True),
        ('title pr or userType eq "Intern"', True),
        ('userType eq "Intern" and title pr', False),
        ('userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")', True),
        ('userType ne "Employee" and not (emails co "example.com" or emails.value co "example.org")', False),
        ('userType eq "Employee" and (emails.type eq "work")', True),
        ('userType eq "Employee" and emails[type eq "work" and value co "@example.com"]', True),
        ('emails[type eq "home" and value co "@example.com"] or ims[type eq "xmpp"]', False),
        ('emails[type eq "work"].value eq "bjensen@example.com"', True),
        ("active eq true", True),
        ("active eq False", False),
        ('id eq "2819C223"', False),
    ],
)
def test_a_filter_holds_as_the_protocol_says(text, holds):
    assert parsed(text)(BABS) is holds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "userName",
        "userName eq",
        'userName is "x"',
        '(userName eq "x"',
        'emails[type eq "work"',
        "userName eq x",
        'userName eq "x" userName pr',
        "a" * 3000,
    ],
)
def test_a_filter_that_cannot_be_read_is_refused(text):
    with pytest.raises(ScimError) as told:
        parsed(text)
    assert (told.value.status, told.value.kind) == (400, "invalidFilter")


GROUP = {"displayName": "Tour Guides", "members": [{"value": "a"}, {"value": "b"}]}


def after(resource, *operations):
    return patched(resource, list(operations))


def test_members_are_added_once():
    added = {"op": "add", "path": "members", "value": [{"display": "Babs Jensen", "value": "c"}]}
    once = after(GROUP, added)
    assert [member["value"] for member in once["members"]] == ["a", "b", "c"]
    assert after(once, added) == once


def test_attributes_are_added_without_a_path():
    told = {"emails": [{"value": "babs@jensen.org", "type": "home"}], "title": "Babs"}
    found = after({"userName": "b", "emails": [{"value": "b@x.org"}]}, {"op": "add", "value": told})
    assert [one["value"] for one in found["emails"]] == ["b@x.org", "babs@jensen.org"]
    assert found["title"] == "Babs"


def test_one_member_is_removed_and_all_are():
    assert after(GROUP, {"op": "remove", "path": 'members[value eq "a"]'})["members"] == [{"value": "b"}]
    assert "members" not in after(GROUP, {"op": "remove", "path": "members"})
    entra = {"op": "Remove", "path": "members", "value": [{"value": "b"}]}
    assert after(GROUP, entra)["members"] == [{"value": "a"}]


def test_parts_are_removed_by_several_comparisons():
    path = 'emails[type eq "work" and value ew "example.com"]'
    assert after(BABS, {"op": "remove", "path": path})["emails"] == [BABS["emails"][1]]


def test_members_are_removed_and_added_in_one_request():
    found = after(
        GROUP,
        {"op": "remove", "path": 'members[value eq "a"]'},
        {"op": "add", "path": "members", "value": [{"value": "d"}]},
    )
    assert found["members"] == [{"value": "b"}, {"value": "d"}]


def test_all_members_are_replaced():
    found = after(GROUP, {"op": "replace", "path": "members", "value": [{"value": "x"}]})
    assert found["members"] == [{"value": "x"}]


def test_one_part_and_one_attribute_of_a_part_are_replaced():
    whole = after(BABS, {"op": "replace", "path": 'emails[type eq "work"]', "value": {"value": "new@x.org"}})
    assert whole["emails"][0] == {"value": "new@x.org", "type": "work", "primary": True}
    part = after(BABS, {"op": "replace", "path": 'emails[type eq "work"].value', "value": "n@x.org"})
    assert part["emails"][0]["value"] == "n@x.org"
    begun = after(
        {"userName": "b"}, {"op": "add", "path": 'emails[type eq "work"].value', "value": "n@x.org"}
    )
    assert begun["emails"] == [{"type": "work", "value": "n@x.org"}]


def test_attributes_are_replaced_as_providers_send_them():
    extended = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
    found = after(
        BABS,
        {"op": "Replace", "path": "active", "value": "False"},
        {"op": "replace", "path": "name.givenName", "value": "Babs"},
        {"op": "replace", "path": f"{extended}:costCenter", "value": "7"},
        {"op": "replace", "value": {"title": "Guide", "name.familyName": "J"}},
    )
    assert (found["active"], found["title"]) == ("False", "Guide")
    assert found["name"] == {"familyName": "J", "givenName": "Babs"}
    assert found[extended] == {"costCenter": "7"}
    assert BABS["title"] == "Tour Guide", "the resource given is left alone"


@pytest.mark.parametrize(
    ("operations", "kind"),
    [
        ([], "invalidSyntax"),
        ("replace", "invalidSyntax"),
        ([{"op": "move", "path": "title"}], "invalidSyntax"),
        ([{"op": "remove"}], "noTarget"),
        ([{"op": "add", "value": "x"}], "invalidValue"),
        ([{"op": "replace", "path": "emails[", "value": "x"}], "invalidPath"),
        ([{"op": "replace", "path": "emails[x]", "value": "x"}], "invalidFilter"),
        ([{"op": "replace", "path": 'emails[value co "nobody"].type', "value": "x"}], "noTarget"),
    ],
)
def test_a_patch_that_cannot_be_done_is_refused_with_the_protocols_word(operations, kind):
    with pytest.raises(ScimError) as told:
        patched(BABS, operations)
    assert told.value.kind == kind
