"""The newsroom: a small news site, a mailbox and a Slack double on loopback, for the demo and the tests."""
