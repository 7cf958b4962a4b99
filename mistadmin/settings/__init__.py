"""Settings: `base` what all share, `prod` the default, `dev` and `test`; `env` reads the environment."""
