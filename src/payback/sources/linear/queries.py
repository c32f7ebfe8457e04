"""The questions put to Linear. No description and no comment is asked for."""

from __future__ import annotations

SPANS = "pageInfo{hasNextPage endCursor} nodes{startedAt endedAt state{id name type}}"
EVENTS = """pageInfo{hasNextPage endCursor} nodes{
  createdAt actor{id email} fromStateId toStateId fromState{name type} toState{name type}
  fromCycleId toCycleId toDelegate{displayName app}
}"""
SESSIONS = """pageInfo{hasNextPage endCursor} nodes{
  id status appUser{name displayName} codingHarnessModelLabel pullRequests(first:10){nodes{pullRequest{url}}}
}"""
LISTS = {
    "labels": (10, "pageInfo{hasNextPage endCursor} nodes{name}"),
    "attachments": (10, "pageInfo{hasNextPage endCursor} nodes{url}"),
    "agentSessions": (3, SESSIONS),
    "stateHistory": (20, SPANS),
    "history": (20, EVENTS),
}
"""The lists that an issue holds: how much of each is asked for with the issue, and what of its entries."""
ISSUES = f"""query PaybackIssues($first:Int!,$after:String,$filter:IssueFilter!){{
  issues(first:$first,after:$after,includeArchived:true,orderBy:updatedAt,filter:$filter){{
    pageInfo{{hasNextPage endCursor}}
    nodes{{
      id identifier previousIdentifiers title priorityLabel estimate url trashed
      createdAt updatedAt startedAt completedAt canceledAt addedToCycleAt
      state{{id name type}} team{{id key name}} assignee{{id email}} creator{{id email}} parent{{identifier}}
      delegate{{displayName app}} cycle{{id number name startsAt endsAt completedAt}}
      {" ".join(f"{name}(first:{few}){{{asked}}}" for name, (few, asked) in LISTS.items())}
    }}
  }}
}}"""


def rest_of(name: str) -> str:
    """The question for the rest of one list of one issue."""
    return f"query PaybackRest($id:String!,$after:String){{issue(id:$id){{{name}(first:100,after:$after){{{LISTS[name][1]}}}}}}}"


CYCLES = """query PaybackCycles($first:Int!,$after:String,$ids:[ID!]!){
  cycles(first:$first,after:$after,includeArchived:true,filter:{id:{in:$ids}}){
    pageInfo{hasNextPage endCursor} nodes{id number name startsAt endsAt completedAt}
  }
}"""
TEAMS = """query PaybackTeams($first:Int!,$after:String){
  teams(first:$first,after:$after){pageInfo{hasNextPage endCursor} nodes{id key name}}
}"""
KEYS = """query PaybackKeys($first:Int!,$after:String,$filter:IssueFilter!){
  issues(first:$first,after:$after,includeArchived:true,filter:$filter){
    pageInfo{hasNextPage endCursor} nodes{identifier trashed}
  }
}"""
PEOPLE = """query PaybackPeople($first:Int!,$after:String){
  users(first:$first,after:$after,includeDisabled:true){
    pageInfo{hasNextPage endCursor} nodes{id name displayName email app active lastSeen}
  }
}"""
