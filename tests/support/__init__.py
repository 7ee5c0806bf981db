"""What tests share: manual clocks, seeded randomness, builders and harnesses."""
