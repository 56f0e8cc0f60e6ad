"""What several commands share: options, targets, progress, interrupts."""
