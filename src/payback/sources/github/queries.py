"""What is asked of GitHub's GraphQL, field by field. Held against GitHub's own schema by tests.

No list stands inside a commit: that would ask for thousands of lists at once.
"""

from __future__ import annotations

LIMIT = "rateLimit { cost remaining resetAt }"
ENDS = "pageInfo { hasNextPage endCursor }"
ACTOR = "{ __typename login ... on User { databaseId } ... on Bot { databaseId } }"

COMMITS = """nodes { commit { oid authoredDate committedDate message
  author { name email user { login } } committer { email } } }"""
REVIEWS = (
    f"nodes {{ fullDatabaseId state submittedAt author {ACTOR} commit {{ oid }} comments {{ totalCount }} }}"
)
COMMENTS = f"nodes {{ fullDatabaseId createdAt author {ACTOR} }}"
TIMELINE = f"""nodes {{ __typename
  ... on ReadyForReviewEvent {{ id createdAt actor {ACTOR} }}
  ... on ConvertToDraftEvent {{ id createdAt actor {ACTOR} }}
  ... on ReviewRequestedEvent {{ id createdAt requestedReviewer {{ __typename
    ... on User {{ login }} ... on Bot {{ login }} ... on Mannequin {{ login }} ... on Team {{ combinedSlug }} }} }}
  ... on ReviewDismissedEvent {{ id createdAt previousReviewState review {{ fullDatabaseId }} }}
  ... on HeadRefForcePushedEvent {{ id createdAt actor {ACTOR} }}
  ... on ClosedEvent {{ id createdAt actor {ACTOR} }}
  ... on ReopenedEvent {{ id createdAt actor {ACTOR} }} }}"""
TIMELINE_KINDS = """itemTypes: [READY_FOR_REVIEW_EVENT, CONVERT_TO_DRAFT_EVENT, REVIEW_REQUESTED_EVENT,
  REVIEW_DISMISSED_EVENT, HEAD_REF_FORCE_PUSHED_EVENT, CLOSED_EVENT, REOPENED_EVENT]"""
LISTS = {
    "commits": ("", COMMITS),
    "reviews": ("", REVIEWS),
    "comments": ("", COMMENTS),
    "timelineItems": (f", {TIMELINE_KINDS}", TIMELINE),
}

MOVES = f"""nodes {{ __typename
  ... on ClosedEvent {{ id createdAt stateReason actor {ACTOR} }}
  ... on ReopenedEvent {{ id createdAt actor {ACTOR} }}
  ... on LabeledEvent {{ id createdAt label {{ name }} actor {ACTOR} }}
  ... on UnlabeledEvent {{ id createdAt label {{ name }} actor {ACTOR} }} }}"""
MOVE_KINDS = "itemTypes: [CLOSED_EVENT, REOPENED_EVENT, LABELED_EVENT, UNLABELED_EVENT]"
ISSUE_LISTS = {"timelineItems": (f", {MOVE_KINDS}", MOVES)}


def lists(told: dict[str, tuple[str, str]], size: int) -> str:
    """The lists that a thing holds, each with its first entries."""
    return "\n".join(
        f"{name}(first: {size}{more}) {{ totalCount {ENDS} {nodes} }}" for name, (more, nodes) in told.items()
    )


def rest_of(kind: str, name: str, told: dict[str, tuple[str, str]]) -> str:
    """The question for what one list of one thing holds besides its first entries."""
    more, nodes = told[name]
    return f"""query PaybackRest($id: ID!, $after: String) {{ {LIMIT}
  node(id: $id) {{ ... on {kind} {{ {name}(first: 100, after: $after{more}) {{ {ENDS} {nodes} }} }} }} }}"""


def of_repository(name: str, order: str, fields: str, direction: str = "DESC") -> str:
    """The question for one page of a list of a repository, newest first unless told otherwise."""
    return f"""query Payback($owner: String!, $name: String!, $first: Int!, $after: String) {{ {LIMIT}
  repository(owner: $owner, name: $name) {{
    {name}(first: $first, after: $after, orderBy: {{field: {order}, direction: {direction}}}) {{ {ENDS} nodes {{ {fields} }} }} }} }}"""


PULLS = of_repository(
    "pullRequests",
    "UPDATED_AT",
    f"""id fullDatabaseId number url title body state isDraft createdAt updatedAt closedAt mergedAt
      additions deletions changedFiles headRefName baseRefName totalCommentsCount
      author {ACTOR} mergedBy {{ login }} mergeCommit {{ oid }}
      labels(first: 20) {{ nodes {{ name }} }}
      closingIssuesReferences(first: 10) {{ nodes {{ number repository {{ nameWithOwner }} }} }}
      {lists(LISTS, 50)}""",
)
ISSUES = of_repository(
    "issues",
    "UPDATED_AT",
    f"""id fullDatabaseId number url title state stateReason createdAt updatedAt closedAt
      assignees(first: 1) {{ nodes {{ login }} }}
      labels(first: 20) {{ nodes {{ name }} }}
      parent {{ number repository {{ nameWithOwner }} }}
      {lists(ISSUE_LISTS, 50)}""",
)
DEPLOYMENT = """databaseId task environment originalEnvironment state createdAt commitOid ref { name }
  statuses(first: 50) { nodes { state createdAt } } latestStatus { environmentUrl logUrl }"""
DEPLOYMENTS = of_repository("deployments", "CREATED_AT", DEPLOYMENT)
DEPLOYMENTS_NAMED = f"""query PaybackDeployments($ids: [ID!]!) {{ {LIMIT}
  nodes(ids: $ids) {{ ... on Deployment {{ {DEPLOYMENT} }} }} }}"""
RELEASES = of_repository(
    "releases",
    "CREATED_AT",
    "databaseId tagName name url isDraft isPrerelease createdAt publishedAt tagCommit { oid }",
)
NUMBERS = {
    name: of_repository(name, "CREATED_AT", fields, "ASC")
    for name, fields in (
        ("pullRequests", "number"),
        ("issues", "number"),
        ("deployments", "id databaseId createdAt latestStatus { createdAt }"),
    )
}

REPOSITORY = """databaseId nameWithOwner defaultBranchRef { name }
  pullRequests(first: 1, orderBy: {field: UPDATED_AT, direction: DESC}) { nodes { updatedAt } }
  issues(first: 1, orderBy: {field: UPDATED_AT, direction: DESC}) { nodes { updatedAt } }
  deployments(first: 1, orderBy: {field: CREATED_AT, direction: DESC}) { nodes { createdAt } }
  releases(first: 1, orderBy: {field: CREATED_AT, direction: DESC}) { nodes { createdAt } }"""
ONE = f"""query PaybackRepository($owner: String!, $name: String!) {{ {LIMIT}
  repository(owner: $owner, name: $name) {{ {REPOSITORY} }} }}"""
ALL = f"""query PaybackRepositories($owner: String!, $first: Int!, $after: String) {{ {LIMIT}
  repositoryOwner(login: $owner) {{ repositories(first: $first, after: $after, ownerAffiliations: [OWNER]) {{
    {ENDS} nodes {{ {REPOSITORY} }} }} }} }}"""
MEMBERS = f"""query PaybackMembers($owner: String!, $first: Int!, $after: String) {{ {LIMIT}
  organization(login: $owner) {{ membersWithRole(first: $first, after: $after) {{
    {ENDS} nodes {{ databaseId login name email }} }} }} }}"""
