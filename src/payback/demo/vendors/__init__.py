"""The invented vendors, one module each: what one has on file, and what it answers to a request.

What is on file is plain JSON under `company/vendors`; an answer is a pure function of it and of the request.
"""
