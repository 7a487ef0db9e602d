"""The imitations against clients and receivers nobody here wrote. They need an extra of pyproject.toml."""
