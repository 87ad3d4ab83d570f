"""Library behind the rules: one module per concept (see the README's map)."""
