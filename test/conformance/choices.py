"""Cases of members that need or exclude each other. The model has no word for that: the table is from the guide."""

from functools import partial

from .case import Case
from .checks import accepted, refused
from .requests import undo, valid

INVALID = "InvalidParameterException"


def _manifest(s, **s3object):
    return {"GroundTruthManifest": {"S3Object": s3object}}


def _whole(s):
    return _manifest(s, Bucket=s.bucket, Name="none.manifest")


def _of(**changes):
    """A change of an operation's first valid request; members that are callable are asked with the story."""
    return lambda s: {name: value(s) if callable(value) else value for name, value in changes.items()}


def _image(**image):
    return _of(Image=lambda s: {name: value(s) if callable(value) else value for name, value in image.items()})


def _source(make):
    return _of(DatasetSource=make)


def _data(training=None, testing=None):
    """TrainingData and TestingData for a project without datasets."""

    def change(s):
        return {"ProjectArn": s.use("empty"), "VersionName": s.fresh("v")} | {
            name: make(s) for name, make in (("TrainingData", training), ("TestingData", testing)) if make
        }

    return change


def _assets(s):
    return {"Assets": [_whole(s)]}


BYTES, OBJECT = (lambda s: s.picture), (lambda s: {"Bucket": s.bucket, "Name": s.picture_key})
ALIEN = "arn:aws:s3:::a-bucket-of-ours"  # no resource of Rekognition

# Operation, name, what is changed in a valid request, and the error; None where the request is in order.
CHOICES = [
    ("DetectCustomLabels", "Image of neither", _image(), INVALID),
    ("DetectCustomLabels", "Image of both", _image(Bytes=BYTES, S3Object=OBJECT), INVALID),
    ("DetectCustomLabels", "Image of Bytes", _image(Bytes=BYTES), None),
    ("DetectCustomLabels", "Image of S3Object", _image(S3Object=OBJECT), None),
    ("DetectCustomLabels", "S3Object without Bucket", _image(S3Object=lambda s: {"Name": "k"}), INVALID),
    ("DetectCustomLabels", "S3Object without Name", _image(S3Object=lambda s: {"Bucket": s.bucket}), INVALID),
    ("DetectCustomLabels", "S3Object of nothing", _image(S3Object=lambda s: {}), INVALID),
    ("CreateDataset", "DatasetSource of both", _source(lambda s: _whole(s) | {"DatasetArn": s.use("listed")}), INVALID),
    ("CreateDataset", "manifest without S3Object", _source(lambda s: {"GroundTruthManifest": {}}), INVALID),
    ("CreateDataset", "S3Object without Bucket", _source(lambda s: _manifest(s, Name="m")), INVALID),
    ("CreateDataset", "S3Object without Name", _source(lambda s: _manifest(s, Bucket=s.bucket)), INVALID),
    ("CreateProject", "Feature CUSTOM_LABELS", _of(Feature="CUSTOM_LABELS"), None),
    ("CreateProject", "AutoUpdate of Custom Labels", _of(Feature="CUSTOM_LABELS", AutoUpdate="ENABLED"), INVALID),
    (
        "CreateProjectVersion",
        "OutputConfig without S3Bucket",
        _of(ProjectArn=lambda s: s.use("lists"), OutputConfig={}),
        INVALID,
    ),
    (
        "CreateProjectVersion",
        "FeatureConfig of adapters",
        _of(ProjectArn=lambda s: s.use("lists"), FeatureConfig={"ContentModeration": {"ConfidenceThreshold": 50}}),
        INVALID,
    ),
    ("CreateProjectVersion", "TrainingData without TestingData", _data(_assets), INVALID),
    ("CreateProjectVersion", "TestingData without TrainingData", _data(None, _assets), INVALID),
    ("CreateProjectVersion", "TrainingData without Assets", _data(lambda s: {}, _assets), INVALID),
    ("CreateProjectVersion", "an asset without manifest", _data(lambda s: {"Assets": [{}]}, _assets), INVALID),
    (
        "CreateProjectVersion",
        "an asset without S3Object",
        _data(lambda s: {"Assets": [{"GroundTruthManifest": {}}]}, _assets),
        INVALID,
    ),
    (
        "CreateProjectVersion",
        "an asset without Bucket",
        _data(lambda s: {"Assets": [_manifest(s, Name="m")]}, _assets),
        INVALID,
    ),
    (
        "CreateProjectVersion",
        "an asset without Name",
        _data(lambda s: {"Assets": [_manifest(s, Bucket=s.bucket)]}, _assets),
        INVALID,
    ),
    ("CreateProjectVersion", "neither TrainingData nor datasets", _data(), INVALID),
    (
        "CreateProjectVersion",
        "TrainingData in a project with datasets",
        lambda s: {
            "ProjectArn": (s.use("listed"), s.use("lists"))[1],
            "TrainingData": _assets(s),
            "TestingData": _assets(s),
        },
        INVALID,
    ),
    (
        "StartProjectVersion",
        "MaxInferenceUnits below MinInferenceUnits",
        _of(ProjectVersionArn=lambda s: s.use("trained"), MinInferenceUnits=3, MaxInferenceUnits=2),
        INVALID,
    ),
    (
        "DistributeDatasetEntries",
        "two of the same type",
        _of(Datasets=lambda s: [{"Arn": s.use("listed")}, {"Arn": s.use("changing")}]),
        INVALID,
    ),
    (
        "DistributeDatasetEntries",
        "the same dataset twice",
        _of(Datasets=lambda s: [{"Arn": s.use("listed")}] * 2),
        INVALID,
    ),
    (
        "DistributeDatasetEntries",
        "datasets of two projects",
        _of(Datasets=lambda s: [{"Arn": s.use("listed")}, {"Arn": s.use("scratch_test")}]),
        INVALID,
    ),
    (
        "DistributeDatasetEntries",
        "a training dataset without entries",
        _of(Datasets=lambda s: [{"Arn": arn} for arn in s.pair(0, 0)]),
        INVALID,
    ),
    (
        "DistributeDatasetEntries",
        "a test dataset with entries",
        _of(Datasets=lambda s: [{"Arn": arn} for arn in s.pair(5, 5)]),
        INVALID,
    ),
    (
        "CopyProjectVersion",
        "a version of another project",
        _of(
            SourceProjectArn=lambda s: s.use("lists"),
            SourceProjectVersionArn=lambda s: s.use("trained"),
            DestinationProjectArn=lambda s: s.use("copies"),
        ),
        INVALID,
    ),
    (
        "CopyProjectVersion",
        "OutputConfig without S3Bucket",
        _of(
            SourceProjectArn=lambda s: s.use("models"),
            SourceProjectVersionArn=lambda s: s.use("trained"),
            DestinationProjectArn=lambda s: s.use("copies"),
            OutputConfig={},
        ),
        INVALID,
    ),
    ("TagResource", "an ARN of another service", _of(ResourceArn=ALIEN), INVALID),
    ("UntagResource", "an ARN of another service", _of(ResourceArn=ALIEN), INVALID),
    ("ListTagsForResource", "an ARN of another service", _of(ResourceArn=ALIEN), INVALID),
]


def cases():
    for operation, name, change, code in CHOICES:
        yield Case("choice", operation, name, partial(choose, operation, change, code))


def chosen(operation, change, story):
    """A valid request with the change; a member that is changed to None is left out."""
    request = valid(operation, story)[0] | change(story)
    return {name: value for name, value in request.items() if value is not None}


def choose(operation, change, code, world):
    request = chosen(operation, change, world.story)
    answer = world.client.call(operation, request)
    if answer.error is None:
        undo(world, operation, request, answer)
    accepted(answer) if code is None else refused(answer, code)
