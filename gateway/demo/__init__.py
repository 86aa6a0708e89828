"""The demo: a synthetic city in ten embedded databases, its people, clients and issuer."""
