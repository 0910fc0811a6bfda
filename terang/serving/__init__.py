"""What every service of this package shares: listening, bounded connections, TLS, metrics."""
