"""Deletes what a run has made."""

from .waiting import until


def clear(client, run):
    """Projects with the run's name, and all that they hold."""
    listed = client.paginator("DescribeProjects").paginate() if client.call("DescribeProjects").error is None else ()
    projects = [p for page in listed for p in page["ProjectDescriptions"] if run in p["ProjectArn"]]
    versions = []
    for p in projects:
        pages = client.paginator("DescribeProjectVersions").paginate(ProjectArn=p["ProjectArn"])
        for v in pages.search("ProjectVersionDescriptions"):
            versions.append(v["ProjectVersionArn"])
            if v["Status"] == "RUNNING":
                client.call("StopProjectVersion", {"ProjectVersionArn": v["ProjectVersionArn"]})
    _delete(client, "DeleteProjectVersion", "ProjectVersionArn", versions)
    _delete(client, "DeleteDataset", "DatasetArn", [d["DatasetArn"] for p in projects for d in p["Datasets"]])
    _delete(client, "DeleteProject", "ProjectArn", [p["ProjectArn"] for p in projects])


def _delete(client, operation, member, arns):
    """Asks for the deletion of all until the last is not there any more."""
    left = list(arns)

    def none_left():
        left[:] = [arn for arn in left if client.call(operation, {member: arn}).code != "ResourceNotFoundException"]
        return not left

    until(f"{operation} of {len(arns)}", none_left)


def empty(s3, run):
    """Buckets with the run's name."""
    for bucket in s3.list_buckets()["Buckets"]:
        if bucket["Name"].startswith(run):
            _empty(s3, bucket["Name"])


def _empty(s3, bucket):
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for o in page.get("Contents", ()):
            s3.delete_object(Bucket=bucket, Key=o["Key"])
    s3.delete_bucket(Bucket=bucket)
