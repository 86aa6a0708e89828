"""Where consents, disputes and the disclosure log are kept."""
