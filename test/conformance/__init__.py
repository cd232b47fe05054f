"""The conformance suite: cases made from botocore's models of Rekognition, AppStream and CloudWatch, run through boto3
against any endpoint.

    cd test && python -m conformance --endpoint http://127.0.0.1:8600 --profile default

A case is one request, or a short story of requests, with what has to come of it. What the service model says (bounds,
patterns, enumerations, required members, errors, paginators, waiters) is read from botocore, never repeated here. What
it does not say (which members exclude each other, how an error is provoked, which members an answer has) stands in
tables, taken from AWS's developer guide.
"""
