"""What `notify` tells and does."""
