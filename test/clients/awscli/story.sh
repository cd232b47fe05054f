#!/usr/bin/env bash
# The story of ../story.md with the AWS CLI: story.sh FOLDER. A query with text output is answered page by page, which is
# how pages are seen here. The CLI's waiters ask every 30 and 120 seconds, so the script asks more often until there is
# something to see, and then the waiter.
set -eEuo pipefail

folder=$1
bucket=story-parts
copies=story-copies
patience=480 # seconds; far above what anything takes. Trainings give way to all other programs.

rek() { aws rekognition --output text "$@"; }
second() { rek --profile second "$@"; }

# demand WHAT FOUND TOLD ends the step unless both are the same.
demand() {
  [ "$2" = "$3" ] || { echo "$1: found \"$2\", told \"$3\"" >&2; exit 1; }
}

# refused EXCEPTION COMMAND... demands that a command fails with it, in the CLI's words and with its exit code.
refused() {
  local exception=$1 said code=0
  shift
  said=$("$@" 2>&1 >/dev/null) || code=$?
  [[ $code = 25[45] && $said = *"An error occurred ($exception) when calling the "*" operation: "?* ]] ||
    { echo "wanted $exception; exit code $code, $said" >&2; exit 1; }
}

# until_said TOLD COMMAND... asks until the command prints it.
until_said() {
  local told=$1 found= end
  shift
  for ((end = SECONDS + patience; SECONDS < end; )); do
    found=$("$@")
    [ "$found" = "$told" ] && return
    sleep 0.2
  done
  demand "$*, asked for $patience s" "$found" "$told"
}

# until_gone COMMAND... asks until it fails, and demands that it does so because the thing is no more.
until_gone() {
  local end
  for ((end = SECONDS + patience; SECONDS < end; )); do
    "$@" >/dev/null 2>&1 || break
  done
  refused ResourceNotFoundException "$@"
}

# settled STATUS COMMAND... asks while something is in progress, and demands what came of it.
settled() {
  local told=$1 found= end
  shift
  for ((end = SECONDS + patience; SECONDS < end; )); do
    found=$("$@")
    [[ $found = *_IN_PROGRESS || $found = STARTING ]] || break
    sleep 0.2
  done
  demand "$*" "$found" "$told"
}

# millis TIMESTAMP reads seconds (version 1) or ISO 8601 (version 2).
millis() {
  case $1 in
  *-*) date -d "$1" +%s%3N ;;
  *) date -d "@$1" +%s%3N ;;
  esac
}

json() { python3 -c 'import json, sys; print(json.dumps(sys.stdin.read().strip()))'; }

identity() {
  local query=(sts get-caller-identity --query '[Account,Arn]' --output text)
  demand first "$(aws "${query[@]}")" $'111122223333\tarn:aws:iam::111122223333:root'
  demand second "$(aws --profile second "${query[@]}")" $'444455556666\tarn:aws:iam::444455556666:root'
  detail=$(aws --version | sed 's|aws-cli/|AWS CLI |; s| Python.*||' | json)
}

upload() {
  aws s3 mb "s3://$bucket" >/dev/null
  aws s3 cp --recursive --only-show-errors "$folder/pictures" "s3://$bucket/pictures/"
  aws s3 cp --only-show-errors "$folder/train.manifest" "s3://$bucket/"
  aws s3 cp --only-show-errors "$folder/too-large.jpg" "s3://$bucket/"
  local keys
  keys=$(aws s3api list-objects-v2 --bucket $bucket --page-size 7 --query 'Contents[].[Key]' --output text)
  demand keys "$(wc -l <<<"$keys")" 18
  grep -qx pictures/good-000.jpg <<<"$keys"
}

project() {
  local create=(rek create-project --project-name story --tags 'line=7,site=Werk Süd') name status created
  project=$("${create[@]}" --query ProjectArn)
  refused ResourceInUseException "${create[@]}"
  read -r name status created < <(rek describe-projects --page-size 1 --query 'ProjectDescriptions[].[ProjectArn,Status,CreationTimestamp]')
  demand project "$name $status $(millis "$created")" "$project CREATED ${project##*/}"
}

manifest() { echo "GroundTruthManifest={S3Object={Bucket=$bucket,Name=$1}}"; }

status_of() { rek describe-dataset --dataset-arn "$1" --query DatasetDescription.Status; }

stats_of() {
  rek describe-dataset --dataset-arn "$1" \
    --query 'DatasetDescription.DatasetStats.[TotalEntries,LabeledEntries,TotalLabels,ErrorEntries]'
}

datasets() {
  local create=(rek create-dataset --project-arn "$project" --query DatasetArn --dataset-type)
  train=$("${create[@]}" TRAIN --dataset-source "$(manifest train.manifest)")
  refused InvalidS3ObjectException "${create[@]}" TEST --dataset-source "$(manifest none.manifest)"
  test=$("${create[@]}" TEST)
  refused ResourceAlreadyExistsException "${create[@]}" TRAIN
  settled CREATE_COMPLETE status_of "$train"
  settled CREATE_COMPLETE status_of "$test"
  demand train "$(stats_of "$train")" $'12\t12\t2\t0'
  demand test "$(stats_of "$test")" $'0\t0\t0\t0'
}

entries() {
  local created updated list=(rek list-dataset-entries --dataset-arn "$train" --page-size 5 --query 'length(DatasetEntries)')
  rek update-dataset-entries --dataset-arn "$train" --changes "{\"GroundTruth\": $(json <"$folder/more.manifest")}"
  settled UPDATE_COMPLETE status_of "$train"
  demand train "$(stats_of "$train")" $'16\t16\t2\t0'
  read -r created updated < <(rek describe-dataset --dataset-arn "$train" \
    --query 'DatasetDescription.[CreationTimestamp,LastUpdatedTimestamp]')
  (($(millis "$updated") > $(millis "$created")))

  demand pages "$("${list[@]}")" $'5\n5\n5\n1'
  demand rust "$("${list[@]}" --contains-labels rust)" $'5\n3'
  demand good-000 "$("${list[@]}" --source-ref-contains good-000)" 1
  demand unlabelled "$("${list[@]}" --no-labeled)" 0
  demand errors "$("${list[@]}" --has-errors)" 0
  demand labels "$(rek list-dataset-labels --dataset-arn "$train" --page-size 1 \
    --query 'DatasetLabelDescriptions[].[LabelName,LabelStats.EntryCount,LabelStats.BoundingBoxCount]' | sort)" \
    $'good\t8\tNone\nrust\t8\tNone'
}

distribute() {
  rek distribute-dataset-entries --datasets "Arn=$train" "Arn=$test"
  settled UPDATE_COMPLETE status_of "$train"
  settled UPDATE_COMPLETE status_of "$test"
  local left labels
  read -r left _ < <(stats_of "$train")
  read -r tested _ labels _ < <(stats_of "$test")
  demand together $((left + tested)) 16
  demand labels "$labels" 2
  ((tested >= 2 && tested <= 4))
}

# version_of CLIENT PROJECT NAME QUERY asks about one version.
version_of() { "$1" describe-project-versions --project-arn "$2" --version-names "$3" --query "ProjectVersionDescriptions[0].$4"; }

training() {
  local create=(rek create-project-version --project-arn "$project" --version-name v1 --version-description 'as told'
    --tags stage=trial --output-config "S3Bucket=$bucket,S3KeyPrefix=output/" --query ProjectVersionArn)
  version=$("${create[@]}")
  refused ResourceInUseException "${create[@]}"
  settled TRAINING_COMPLETED version_of rek "$project" v1 Status
  rek wait project-version-training-completed --project-arn "$project" --version-names v1

  demand description "$(rek describe-project-versions --project-arn "$project" --page-size 1 \
    --query 'ProjectVersionDescriptions[].[Status,VersionDescription]')" $'TRAINING_COMPLETED\tas told'
  local created ended at
  read -r created ended < <(version_of rek "$project" v1 '[CreationTimestamp,TrainingEndTimestamp]')
  (($(millis "$ended") > $(millis "$created")))
  read -r detail at < <(version_of rek "$project" v1 'EvaluationResult.[F1Score,Summary.S3Object.Name]')
  aws s3 cp --only-show-errors "s3://$bucket/$at" - | python3 -c '
import json, sys
summary, f1, tested = json.load(sys.stdin), float(sys.argv[1]), int(sys.argv[2])
assert abs(summary["AggregatedEvaluationResults"]["F1Score"] - f1) < 1e-6, summary
assert summary["EvaluationDetails"]["NumberOfTestingImages"] == tested, summary' "$detail" "$tested"
}

in_bucket() { echo "S3Object={Bucket=$bucket,Name=$1}"; }

# start_version CLIENT PROJECT ARN NAME
start_version() {
  demand start "$("$1" start-project-version --project-version-arn "$3" --min-inference-units 1 --query Status)" STARTING
  settled RUNNING version_of "$1" "$2" "$4" Status
  "$1" wait project-version-running --project-arn "$2" --version-names "$4"
}

start() {
  refused ResourceNotReadyException rek detect-custom-labels --project-version-arn "$version" \
    --image "$(in_bucket pictures/good-000.jpg)"
  start_version rek "$project" "$version" v1
}

detect() {
  local ask=(rek detect-custom-labels --project-version-arn "$version")
  local all=(--min-confidence 0 --query CustomLabels --output json)
  answer=$("${ask[@]}" --image-bytes "fileb://$folder/pictures/good-000.jpg" "${all[@]}")
  python3 -c '
import json, sys
(best, other) = labels = json.loads(sys.argv[1])
assert {best["Name"], other["Name"]} == {"good", "rust"}, labels
assert best["Confidence"] >= other["Confidence"] and abs(best["Confidence"] + other["Confidence"] - 100) < 0.01, labels' "$answer"
  demand 'from S3' "$("${ask[@]}" --image "$(in_bucket pictures/good-000.jpg)" "${all[@]}")" "$answer"
  demand 'the best' "$("${ask[@]}" --image "$(in_bucket pictures/good-000.jpg)" --min-confidence 0 --max-results 1 --query 'CustomLabels[].Name')" \
    "$(python3 -c 'import json, sys; print(json.loads(sys.argv[1])[0]["Name"])' "$answer")"
  refused InvalidImageFormatException "${ask[@]}" --image-bytes "fileb://$folder/train.manifest"
  refused ImageTooLargeException "${ask[@]}" --image-bytes "fileb://$folder/too-large.jpg"
  refused InvalidS3ObjectException "${ask[@]}" --image "$(in_bucket none.jpg)"
  detail=$(tr -d '\n' <<<"$answer")
}

share='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"},'
share+='"Action":"rekognition:CopyProjectVersion","Resource":"*"}]}'

policy() {
  aws --profile second s3 mb "s3://$copies" >/dev/null
  destination=$(second create-project --project-name story-copy --query ProjectArn)
  copying=(second copy-project-version --source-project-arn "$project" --source-project-version-arn "$version"
    --destination-project-arn "$destination" --version-name v1-copy --tags origin=story
    --output-config "S3Bucket=$copies,S3KeyPrefix=output/" --query ProjectVersionArn)
  refused AccessDeniedException "${copying[@]}"

  local put=(rek put-project-policy --project-arn "$project" --policy-document "$share" --query PolicyRevisionId) old new
  old=$("${put[@]}" --policy-name share)
  refused ResourceAlreadyExistsException "${put[@]}" --policy-name share
  new=$("${put[@]}" --policy-name share --policy-revision-id "$old")
  [ "$new" != "$old" ]
  refused InvalidPolicyRevisionIdException "${put[@]}" --policy-name share --policy-revision-id "$old"
  refused MalformedPolicyDocumentException rek put-project-policy --project-arn "$project" --policy-name bad \
    --policy-document '{"Version":"2012-10-17"}'
  "${put[@]}" --policy-name share-too >/dev/null

  local list=(rek list-project-policies --project-arn "$project") document revision created updated
  demand pages "$("${list[@]}" --page-size 1 --query 'ProjectPolicies[].PolicyName' | sort)" $'share\nshare-too'
  IFS=$'\t' read -r document revision created updated < <("${list[@]}" --query \
    "(ProjectPolicies[?PolicyName=='share'])[0].[PolicyDocument,PolicyRevisionId,CreationTimestamp,LastUpdatedTimestamp]")
  demand document "$document" "$share"
  demand revision "$revision" "$new"
  (($(millis "$updated") >= $(millis "$created")))
}

copy() {
  copied=$("${copying[@]}")
  settled COPYING_COMPLETED version_of second "$destination" v1-copy Status
  demand source "$(version_of second "$destination" v1-copy SourceProjectVersionArn)" "$version"
  start_version second "$destination" "$copied" v1-copy
  local ask=(detect-custom-labels --project-version-arn "$copied" --min-confidence 0 --query CustomLabels --output json
    --image-bytes "fileb://$folder/pictures/good-000.jpg")
  demand answer "$(second "${ask[@]}")" "$answer"
  refused AccessDeniedException rek "${ask[@]}"
}

tags_of() { "$1" list-tags-for-resource --resource-arn "$2" --output json --query Tags | tr -d ' \n'; }

tags() {
  demand project "$(rek list-tags-for-resource --resource-arn "$project" --query 'Tags.[line,site]')" $'7\tWerk Süd'
  rek tag-resource --resource-arn "$project" --tags line=8,owner=QA
  rek untag-resource --resource-arn "$project" --tag-keys site
  demand project "$(rek list-tags-for-resource --resource-arn "$project" --query 'Tags.[line,owner,site]')" $'8\tQA\tNone'
  demand version "$(tags_of rek "$version")" '{"stage":"trial"}'
  demand copy "$(tags_of second "$copied")" '{"origin":"story"}'
}

# remove_version CLIENT PROJECT ARN NAME
remove_version() {
  until_said STOPPED version_of "$1" "$2" "$4" Status
  demand deletion "$("$1" delete-project-version --project-version-arn "$3" --query Status)" DELETING
  until_said 0 "$1" describe-project-versions --project-arn "$2" --query 'length(ProjectVersionDescriptions)'
}

deletion() {
  refused ResourceInUseException rek delete-project --project-arn "$project"
  demand stop "$(rek stop-project-version --project-version-arn "$version" --query Status)" STOPPING
  demand stop "$(second stop-project-version --project-version-arn "$copied" --query Status)" STOPPING
  remove_version rek "$project" "$version" v1
  remove_version second "$destination" "$copied" v1-copy
  local dataset
  for dataset in "$train" "$test"; do
    rek delete-dataset --dataset-arn "$dataset"
    until_gone status_of "$dataset"
  done
  rek delete-project-policy --project-arn "$project" --policy-name share-too
  demand deletion "$(rek delete-project --project-arn "$project" --query Status)" DELETING
  demand deletion "$(second delete-project --project-arn "$destination" --query Status)" DELETING
  until_said 0 rek describe-projects --query 'length(ProjectDescriptions)'
  until_said 0 second describe-projects --query 'length(ProjectDescriptions)'
  refused ResourceNotFoundException rek delete-project --project-arn "$project"
}

# say OK DETAIL prints the line of the step in progress.
say() { printf '{"step": "%s", "ok": %s, "detail": %s, "ms": %d}\n' "$step" "$1" "$2" $(($(date +%s%3N) - began)); }

complaints=$(mktemp)
exec 3>&2 2>"$complaints"
trap 'echo "line $LINENO: $BASH_COMMAND" >&2' ERR
trap 'code=$?; [ $code = 0 ] || say false "$(tail -c 2000 "$complaints" | json)"; cat "$complaints" >&3; rm "$complaints"' EXIT
for step in identity upload project datasets entries distribute training start detect policy copy tags deletion; do
  began=$(date +%s%3N)
  detail=null
  "$step"
  say true "$detail"
done
