"""Values that several tests of the contract use."""

ENVELOPE = bytes(range(154))
ENVELOPES = [bytes([index]) * 154 for index in range(7)]
RETRACTED, ACKNOWLEDGED = 1, 2  # bits of a message's status
LATER = 2**40  # a deadline, in Unix time
