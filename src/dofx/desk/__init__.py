"""The other half of the studio: data, fitting and answers, for the page that `dofx studio` serves and for notebooks.

The page runs grammar and compiler itself. What needs rows and torch it asks of a `Desk`, over the loopback address
(`serve`) or over the connection of a notebook (`widget`): both carry the same requests and the same responses.
"""
