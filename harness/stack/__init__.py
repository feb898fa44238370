"""Real processes for the bundled target."""
