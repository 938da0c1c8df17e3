"""Settings of a transfer -> a job that outlives whoever asked for it, in a folder and a process of its own.

Nothing of a job is lost by a kill of its process, of the worker that starts jobs, or of the page that shows them.
"""
