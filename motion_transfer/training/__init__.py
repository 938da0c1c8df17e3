"""Shared machinery: layers, schedules, optimizers, callbacks, diagnostics. Imports torch and Lightning only."""
