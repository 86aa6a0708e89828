"""Who may see what: Casbin rules, compiled into decisions. Pure: no data, no clock."""
