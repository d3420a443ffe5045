"""The Swift library, its structures and enumerations as the C header declares them, and arrays as it takes them.

Every structure is declared and every function is bound here; the package's tests hold them against the header.
"""
