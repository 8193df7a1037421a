"""What was meant to be sent, kept on the disk until it is."""
