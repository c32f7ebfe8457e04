"""The questions put to Linear. No description and no comment is asked for."""

from __future__ import annotations

SPANS = "pageInfo{hasNextPage endCursor} nodes{startedAt endedAt state{id name type}}"
EVENTS = """pageInfo{hasNextPage endCursor} nodes{
  createdAt actor{id email} fromStateId toStateId fromState{name type} toState{name type}
  fromCycleId toCycleId toDelegate{displayName app}
}"""
ISSUES = f"""query PaybackIssues($first:Int!,$after:String,$filter:IssueFilter!){{
  issues(first:$first,after:$after,includeArchived:true,orderBy:updatedAt,filter:$filter){{
    pageInfo{{hasNextPage endCursor}}
    nodes{{
      id identifier previousIdentifiers title priorityLabel estimate url trashed
      createdAt updatedAt startedAt completedAt canceledAt addedToCycleAt
      state{{id name type}} team{{id key name}} assignee{{id email}} creator{{id email}} parent{{identifier}}
      delegate{{displayName app}} cycle{{id number name startsAt endsAt completedAt}}
      labels(first:20){{nodes{{name}}}}
      attachments(first:10){{nodes{{url sourceType}}}}
      agentSessions(first:10){{nodes{{
        id status startedAt createdAt appUser{{name displayName}} codingHarnessModelLabel
        pullRequests(first:5){{nodes{{pullRequest{{url}}}}}}
      }}}}
      stateHistory(first:20){{{SPANS}}}
      history(first:20){{{EVENTS}}}
    }}
  }}
}}"""
SPANS_OF = f"query PaybackSpans($id:String!,$after:String){{issue(id:$id){{stateHistory(first:100,after:$after){{{SPANS}}}}}}}"
EVENTS_OF = f"query PaybackEvents($id:String!,$after:String){{issue(id:$id){{history(first:100,after:$after){{{EVENTS}}}}}}}"
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
