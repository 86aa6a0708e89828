"""The business itself: words and rules. Knows no HTTP, GraphQL, Casbin or department."""
