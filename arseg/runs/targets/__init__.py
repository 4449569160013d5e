"""Databases that a publication is carried to, beside the folder that is the truth.

Everything is written in one transaction per target, is filed under the experiment and its version, and is
read through views that show the version in force. The drivers load only where a target asks for them.
"""
