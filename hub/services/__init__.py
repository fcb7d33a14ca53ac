"""The hub's gRPC services; thin shells over admission, recorder and reads."""
