"""Signing in and what belongs to it: second factor, single sign-on, the brake, sessions that run out without loss."""
