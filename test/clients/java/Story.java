import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import software.amazon.awssdk.auth.credentials.ProfileCredentialsProvider;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.core.util.VersionInfo;
import software.amazon.awssdk.core.waiters.WaiterOverrideConfiguration;
import software.amazon.awssdk.protocols.jsoncore.JsonNode;
import software.amazon.awssdk.protocols.jsoncore.JsonWriter;
import software.amazon.awssdk.retries.api.BackoffStrategy;
import software.amazon.awssdk.services.rekognition.RekognitionClient;
import software.amazon.awssdk.services.rekognition.model.*;
import software.amazon.awssdk.services.rekognition.waiters.RekognitionWaiter;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.sts.StsClient;

/** The story of ../story.md with the AWS SDK for Java 2.x: java -cp 'LIBRARIES/*' Story.java FOLDER. */
public class Story {
    static final String BUCKET = "story-parts";
    static final String COPIES = "story-copies";
    /** Far above what anything takes. Trainings give way to all other programs. */
    static final Duration PATIENCE = Duration.ofMinutes(8);

    /** The clients of one profile. */
    record Account(RekognitionClient rekognition, S3Client s3, StsClient sts) {
        static Account open(String profile) {
            var keys = ProfileCredentialsProvider.create(profile);
            return new Account(
                    RekognitionClient.builder().credentialsProvider(keys).build(),
                    S3Client.builder().credentialsProvider(keys).forcePathStyle(true).build(),
                    StsClient.builder().credentialsProvider(keys).build());
        }
    }

    final Path folder;
    final Account first = Account.open("default");
    final Account second = Account.open("second");
    final RekognitionClient rekognition = first.rekognition;

    // What later steps know from earlier ones.
    String project, train, test, version, destination, copied;
    int tested;
    CopyProjectVersionRequest copying;
    List<CustomLabel> answer;

    Story(Path folder) {
        this.folder = folder;
    }

    static void demand(boolean told, Object... found) {
        if (!told) {
            throw new IllegalStateException("not as told: " + List.of(found));
        }
    }

    static void refused(Class<? extends RekognitionException> exception, Runnable call) {
        try {
            call.run();
        } catch (RekognitionException e) {
            demand(exception.isInstance(e), e);
            demand(e.statusCode() == 400 && e.requestId() != null && !e.awsErrorDetails().errorMessage().isEmpty(), e);
            return;
        }
        demand(false, "not refused with", exception);
    }

    static <T> T until(String what, Supplier<T> look) throws InterruptedException {
        for (long end = System.nanoTime() + PATIENCE.toNanos(); System.nanoTime() < end; ) {
            T found = look.get();
            if (found != null) {
                return found;
            }
            Thread.sleep(200);
        }
        throw new IllegalStateException("not in " + PATIENCE + ": " + what);
    }

    Object identity() {
        for (var who : Map.of("111122223333", first, "444455556666", second).entrySet()) {
            var found = who.getValue().sts.getCallerIdentity();
            demand(found.account().equals(who.getKey()) && found.arn().equals("arn:aws:iam::" + who.getKey() + ":root"), found);
        }
        return "Java SDK " + VersionInfo.SDK_VERSION;
    }

    Object upload() throws IOException {
        first.s3.createBucket(r -> r.bucket(BUCKET));
        try (Stream<Path> pictures = Files.list(folder.resolve("pictures"))) {
            Stream.concat(pictures, Stream.of(folder.resolve("train.manifest"), folder.resolve("too-large.jpg"))).forEach(file ->
                    first.s3.putObject(r -> r.bucket(BUCKET).key(folder.relativize(file).toString()), RequestBody.fromFile(file)));
        }
        var keys = first.s3.listObjectsV2Paginator(r -> r.bucket(BUCKET).maxKeys(7)).contents().stream().map(o -> o.key()).toList();
        demand(keys.size() == 18 && keys.contains("pictures/good-000.jpg"), keys);
        return null;
    }

    Object project() {
        var create = CreateProjectRequest.builder().projectName("story").tags(Map.of("line", "7", "site", "Werk Süd")).build();
        project = rekognition.createProject(create).projectArn();
        refused(ResourceInUseException.class, () -> rekognition.createProject(create));
        var found = rekognition.describeProjectsPaginator(r -> r.maxResults(1)).projectDescriptions().stream().toList();
        demand(found.size() == 1 && found.get(0).projectArn().equals(project) && found.get(0).status() == ProjectStatus.CREATED, found);
        demand(project.endsWith("/" + found.get(0).creationTimestamp().toEpochMilli()), found);
        return null;
    }

    String create(DatasetType type, DatasetSource source) {
        return rekognition.createDataset(r -> r.projectArn(project).datasetType(type).datasetSource(source)).datasetArn();
    }

    static DatasetSource manifest(String name) {
        return DatasetSource.builder().groundTruthManifest(m -> m.s3Object(o -> o.bucket(BUCKET).name(name))).build();
    }

    Object datasets() throws InterruptedException {
        train = create(DatasetType.TRAIN, manifest("train.manifest"));
        refused(InvalidS3ObjectException.class, () -> create(DatasetType.TEST, manifest("none.manifest")));
        test = create(DatasetType.TEST, null);
        refused(ResourceAlreadyExistsException.class, () -> create(DatasetType.TRAIN, null));
        var made = settled(train, DatasetStatus.CREATE_COMPLETE).datasetStats();
        demand(made.equals(DatasetStats.builder().totalEntries(12).labeledEntries(12).totalLabels(2).errorEntries(0).build()), made);
        var empty = settled(test, DatasetStatus.CREATE_COMPLETE).datasetStats();
        demand(empty.equals(DatasetStats.builder().totalEntries(0).labeledEntries(0).totalLabels(0).errorEntries(0).build()), empty);
        return null;
    }

    DatasetDescription settled(String dataset, DatasetStatus expected) throws InterruptedException {
        var description = until("dataset settled", () -> {
            var d = rekognition.describeDataset(r -> r.datasetArn(dataset)).datasetDescription();
            return d.statusAsString().endsWith("_IN_PROGRESS") ? null : d;
        });
        demand(description.status() == expected, description);
        return description;
    }

    Object entries() throws IOException, InterruptedException {
        var more = SdkBytes.fromByteArray(Files.readAllBytes(folder.resolve("more.manifest")));
        rekognition.updateDatasetEntries(r -> r.datasetArn(train).changes(c -> c.groundTruth(more)));
        var d = settled(train, DatasetStatus.UPDATE_COMPLETE);
        demand(d.datasetStats().totalEntries() == 16 && d.lastUpdatedTimestamp().isAfter(d.creationTimestamp()), d);

        demand(pages(r -> {}).equals(List.of(5, 5, 5, 1)), pages(r -> {}));
        demand(pages(r -> r.containsLabels("rust")).equals(List.of(5, 3)), "containsLabels");
        demand(pages(r -> r.sourceRefContains("good-000")).equals(List.of(1)), "sourceRefContains");
        demand(pages(r -> r.labeled(false)).equals(List.of(0)), "labeled");
        demand(pages(r -> r.hasErrors(true)).equals(List.of(0)), "hasErrors");

        var stats = new HashMap<String, DatasetLabelStats>();
        rekognition.listDatasetLabelsPaginator(r -> r.datasetArn(train).maxResults(1)).datasetLabelDescriptions()
                .forEach(label -> stats.put(label.labelName(), label.labelStats()));
        var eight = DatasetLabelStats.builder().entryCount(8).build();
        demand(stats.equals(Map.of("good", eight, "rust", eight)), stats);
        return null;
    }

    /** The sizes of the pages of a listing. */
    List<Integer> pages(Consumer<ListDatasetEntriesRequest.Builder> filter) {
        var sizes = new ArrayList<Integer>();
        for (var page : rekognition.listDatasetEntriesPaginator(r -> filter.accept(r.datasetArn(train).maxResults(5)))) {
            for (var entry : page.datasetEntries()) {
                var ref = JsonNode.parser().parse(entry).field("source-ref").orElseThrow().asString();
                demand(ref.startsWith("s3://" + BUCKET + "/pictures/"), entry);
            }
            sizes.add(page.datasetEntries().size());
        }
        return sizes;
    }

    Object distribute() throws InterruptedException {
        var both = Stream.of(train, test).map(arn -> DistributeDataset.builder().arn(arn).build()).toList();
        rekognition.distributeDatasetEntries(r -> r.datasets(both));
        var left = settled(train, DatasetStatus.UPDATE_COMPLETE).datasetStats();
        var moved = settled(test, DatasetStatus.UPDATE_COMPLETE).datasetStats();
        tested = moved.totalEntries();
        demand(left.totalEntries() + tested == 16 && tested >= 2 && tested <= 4 && moved.totalLabels() == 2, left, moved);
        return null;
    }

    Object training() {
        var create = CreateProjectVersionRequest.builder().projectArn(project).versionName("v1").versionDescription("as told")
                .tags(Map.of("stage", "trial")).outputConfig(o -> o.s3Bucket(BUCKET).s3KeyPrefix("output/")).build();
        version = rekognition.createProjectVersion(create).projectVersionArn();
        refused(ResourceInUseException.class, () -> rekognition.createProjectVersion(create));
        try (var waiter = waiter(rekognition)) {
            waiter.waitUntilProjectVersionTrainingCompleted(r -> r.projectArn(project).versionNames("v1"));
        }
        var found = rekognition.describeProjectVersionsPaginator(r -> r.projectArn(project).maxResults(1))
                .projectVersionDescriptions().stream().toList();
        demand(found.size() == 1, found);
        var v = found.get(0);
        demand(v.status() == ProjectVersionStatus.TRAINING_COMPLETED && v.versionDescription().equals("as told"), v);
        demand(v.trainingEndTimestamp().isAfter(v.creationTimestamp()), v);

        var at = v.evaluationResult().summary().s3Object();
        var summary = JsonNode.parser().parse(first.s3.getObjectAsBytes(r -> r.bucket(at.bucket()).key(at.name())).asUtf8String());
        float f1 = v.evaluationResult().f1Score();
        var reported = summary.field("AggregatedEvaluationResults").orElseThrow().field("F1Score").orElseThrow().asNumber();
        demand(Math.abs(Double.parseDouble(reported) - f1) < 1e-6, summary);
        var pictures = summary.field("EvaluationDetails").orElseThrow().field("NumberOfTestingImages").orElseThrow().asNumber();
        demand(Integer.parseInt(pictures) == tested, summary);
        return f1;
    }

    static RekognitionWaiter waiter(RekognitionClient client) {
        return RekognitionWaiter.builder().client(client).overrideConfiguration(WaiterOverrideConfiguration.builder()
                .maxAttempts((int) PATIENCE.toSeconds()).backoffStrategyV2(BackoffStrategy.fixedDelayWithoutJitter(Duration.ofSeconds(1))).build()).build();
    }

    Object start() {
        refused(ResourceNotReadyException.class, () ->
                rekognition.detectCustomLabels(r -> r.projectVersionArn(version).image(inBucket("pictures/good-000.jpg"))));
        run(rekognition, project, version, "v1");
        return null;
    }

    static void run(RekognitionClient client, String project, String version, String name) {
        var status = client.startProjectVersion(r -> r.projectVersionArn(version).minInferenceUnits(1)).status();
        demand(status == ProjectVersionStatus.STARTING, status);
        try (var waiter = waiter(client)) {
            waiter.waitUntilProjectVersionRunning(r -> r.projectArn(project).versionNames(name));
        }
    }

    static Image inBucket(String key) {
        return Image.builder().s3Object(o -> o.bucket(BUCKET).name(key)).build();
    }

    Image bytesOf(String file) throws IOException {
        return Image.builder().bytes(SdkBytes.fromByteArray(Files.readAllBytes(folder.resolve(file)))).build();
    }

    List<CustomLabel> ask(Image image, Consumer<DetectCustomLabelsRequest.Builder> more) {
        return rekognition.detectCustomLabels(r -> more.accept(r.projectVersionArn(version).image(image))).customLabels();
    }

    Object detect() throws IOException {
        answer = ask(bytesOf("pictures/good-000.jpg"), r -> r.minConfidence(0f));
        demand(answer.size() == 2 && answer.stream().map(CustomLabel::name).collect(Collectors.toSet()).equals(Set.of("good", "rust")), answer);
        float best = answer.get(0).confidence(), other = answer.get(1).confidence();
        demand(best >= other && Math.abs(best + other - 100) < 0.01, answer);
        demand(ask(inBucket("pictures/good-000.jpg"), r -> r.minConfidence(0f)).equals(answer), answer);
        demand(ask(inBucket("pictures/good-000.jpg"), r -> r.minConfidence(0f).maxResults(1)).equals(answer.subList(0, 1)), answer);
        Image manifest = bytesOf("train.manifest"), large = bytesOf("too-large.jpg");
        refused(InvalidImageFormatException.class, () -> ask(manifest, r -> {}));
        refused(ImageTooLargeException.class, () -> ask(large, r -> {}));
        refused(InvalidS3ObjectException.class, () -> ask(inBucket("none.jpg"), r -> {}));
        return answer;
    }

    static final String SHARE = """
            {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"},
            "Action":"rekognition:CopyProjectVersion","Resource":"*"}]}""";

    String put(String name, String document, String revision) {
        return rekognition.putProjectPolicy(r -> r.projectArn(project).policyName(name).policyDocument(document)
                .policyRevisionId(revision)).policyRevisionId();
    }

    Object policy() {
        second.s3.createBucket(r -> r.bucket(COPIES));
        destination = second.rekognition.createProject(r -> r.projectName("story-copy")).projectArn();
        copying = CopyProjectVersionRequest.builder().sourceProjectArn(project).sourceProjectVersionArn(version)
                .destinationProjectArn(destination).versionName("v1-copy").tags(Map.of("origin", "story"))
                .outputConfig(o -> o.s3Bucket(COPIES).s3KeyPrefix("output/")).build();
        refused(AccessDeniedException.class, () -> second.rekognition.copyProjectVersion(copying));

        String old = put("share", SHARE, null);
        refused(ResourceAlreadyExistsException.class, () -> put("share", SHARE, null));
        String revision = put("share", SHARE, old);
        demand(!revision.equals(old), revision);
        refused(InvalidPolicyRevisionIdException.class, () -> put("share", SHARE, old));
        refused(MalformedPolicyDocumentException.class, () -> put("bad", "{\"Version\":\"2012-10-17\"}", null));
        put("share-too", SHARE, null);

        var policies = new HashMap<String, ProjectPolicy>();
        for (var page : rekognition.listProjectPoliciesPaginator(r -> r.projectArn(project).maxResults(1))) {
            demand(page.projectPolicies().size() == 1, page);
            page.projectPolicies().forEach(p -> policies.put(p.policyName(), p));
        }
        demand(policies.keySet().equals(Set.of("share", "share-too")), policies);
        var listed = policies.get("share");
        demand(listed.policyDocument().equals(SHARE) && listed.policyRevisionId().equals(revision), listed);
        demand(!listed.lastUpdatedTimestamp().isBefore(listed.creationTimestamp()), listed);
        return null;
    }

    static List<ProjectVersionDescription> versions(RekognitionClient client, String project) {
        return client.describeProjectVersions(r -> r.projectArn(project)).projectVersionDescriptions();
    }

    Object copy() throws IOException, InterruptedException {
        copied = second.rekognition.copyProjectVersion(copying).projectVersionArn();
        var v = until("copied", () -> {
            var found = versions(second.rekognition, destination).get(0);
            return found.status() == ProjectVersionStatus.COPYING_IN_PROGRESS ? null : found;
        });
        demand(v.status() == ProjectVersionStatus.COPYING_COMPLETED && v.sourceProjectVersionArn().equals(version), v);
        run(second.rekognition, destination, copied, "v1-copy");
        var ask = DetectCustomLabelsRequest.builder().projectVersionArn(copied).image(bytesOf("pictures/good-000.jpg")).minConfidence(0f).build();
        var same = second.rekognition.detectCustomLabels(ask).customLabels();
        demand(same.equals(answer), same, answer);
        refused(AccessDeniedException.class, () -> rekognition.detectCustomLabels(ask));
        return null;
    }

    static Map<String, String> tagsOf(RekognitionClient client, String arn) {
        return client.listTagsForResource(r -> r.resourceArn(arn)).tags();
    }

    Object tags() {
        demand(tagsOf(rekognition, project).equals(Map.of("line", "7", "site", "Werk Süd")), tagsOf(rekognition, project));
        rekognition.tagResource(r -> r.resourceArn(project).tags(Map.of("line", "8", "owner", "QA")));
        rekognition.untagResource(r -> r.resourceArn(project).tagKeys("site"));
        demand(tagsOf(rekognition, project).equals(Map.of("line", "8", "owner", "QA")), tagsOf(rekognition, project));
        demand(tagsOf(rekognition, version).equals(Map.of("stage", "trial")), tagsOf(rekognition, version));
        demand(tagsOf(second.rekognition, copied).equals(Map.of("origin", "story")), tagsOf(second.rekognition, copied));
        return null;
    }

    static void removeVersion(RekognitionClient client, String project, String version) throws InterruptedException {
        until("stopped", () -> versions(client, project).get(0).status() == ProjectVersionStatus.STOPPED ? true : null);
        var status = client.deleteProjectVersion(r -> r.projectVersionArn(version)).status();
        demand(status == ProjectVersionStatus.DELETING, status);
        until("version gone", () -> versions(client, project).isEmpty() ? true : null);
    }

    static void removeProject(RekognitionClient client, String project) throws InterruptedException {
        var status = client.deleteProject(r -> r.projectArn(project)).status();
        demand(status == ProjectStatus.DELETING, status);
        until("project gone", () -> client.describeProjects(r -> {}).projectDescriptions().isEmpty() ? true : null);
    }

    Object deletion() throws InterruptedException {
        refused(ResourceInUseException.class, () -> rekognition.deleteProject(r -> r.projectArn(project)));
        var stopping = rekognition.stopProjectVersion(r -> r.projectVersionArn(version)).status();
        var stoppingCopy = second.rekognition.stopProjectVersion(r -> r.projectVersionArn(copied)).status();
        demand(stopping == ProjectVersionStatus.STOPPING && stoppingCopy == stopping, stopping, stoppingCopy);
        removeVersion(rekognition, project, version);
        removeVersion(second.rekognition, destination, copied);
        for (String dataset : List.of(train, test)) {
            rekognition.deleteDataset(r -> r.datasetArn(dataset));
            until("dataset gone", () -> {
                try {
                    rekognition.describeDataset(r -> r.datasetArn(dataset));
                    return null;
                } catch (ResourceNotFoundException e) {
                    return true;
                }
            });
        }
        rekognition.deleteProjectPolicy(r -> r.projectArn(project).policyName("share-too"));
        removeProject(rekognition, project);
        removeProject(second.rekognition, destination);
        refused(ResourceNotFoundException.class, () -> rekognition.deleteProject(r -> r.projectArn(project)));
        return null;
    }

    interface Step {
        Object tell() throws Exception;
    }

    /** Tells one step, prints its line and says whether it was as told. */
    static boolean told(String name, Step step) {
        long began = System.nanoTime();
        Object detail;
        boolean ok = true;
        try {
            detail = step.tell();
        } catch (Exception e) {
            ok = false;
            detail = e.toString();
        }
        var line = JsonWriter.create().writeStartObject();
        line.writeFieldName("step").writeValue(name).writeFieldName("ok").writeValue(ok);
        write(line.writeFieldName("detail"), detail);
        line.writeFieldName("ms").writeValue((System.nanoTime() - began) / 1_000_000).writeEndObject();
        System.out.println(new String(line.getBytes(), UTF_8));
        return ok;
    }

    static void write(JsonWriter out, Object detail) {
        if (detail instanceof List<?> labels) {
            out.writeStartArray();
            for (var label : labels) {
                out.writeStartObject().writeFieldName("Name").writeValue(((CustomLabel) label).name());
                out.writeFieldName("Confidence").writeValue(((CustomLabel) label).confidence()).writeEndObject();
            }
            out.writeEndArray();
        } else if (detail instanceof Float number) {
            out.writeValue(number);
        } else {
            out.writeValue(Objects.toString(detail, ""));
        }
    }

    public static void main(String[] args) {
        var s = new Story(Path.of(args[0]));
        boolean ok = told("identity", s::identity) && told("upload", s::upload) && told("project", s::project)
                && told("datasets", s::datasets) && told("entries", s::entries) && told("distribute", s::distribute)
                && told("training", s::training) && told("start", s::start) && told("detect", s::detect)
                && told("policy", s::policy) && told("copy", s::copy) && told("tags", s::tags) && told("deletion", s::deletion);
        System.exit(ok ? 0 : 1);
    }
}
