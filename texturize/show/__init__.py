"""Pictures, tables and players: how a sound shows itself."""
