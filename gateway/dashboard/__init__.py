"""The internal dashboard: pages for named users, drawn from the gateway's own GraphQL API with their own rights."""
