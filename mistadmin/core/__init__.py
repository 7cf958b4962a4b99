"""The kernel: who may do what, how a write is made, what follows from it, how errors are told.

Owns permissions, the action decorator, the outbox, errors, sealed secrets, request shapes, the
resource registry and the base views. Imports no app; every app imports it.
"""
