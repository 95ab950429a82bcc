"""The baseline: a chat on Channels as its tutorial teaches it, with each message stored by the ORM. Not the product."""
