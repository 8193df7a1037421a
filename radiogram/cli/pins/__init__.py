"""`pins`: where each study that was sent is kept, and having it kept where it is not."""
