"""A real bank's tables behind the gateway, through a mapping file alone."""
