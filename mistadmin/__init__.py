"""The composition root: settings, processes and addresses of the product.

It may import every app. Apps import nothing of it but `mistadmin.core`.
"""

__version__ = "0.1.0"
