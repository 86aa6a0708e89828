"""The GraphQL face: schema from the standard, selection, plan, profile, disclosure."""
