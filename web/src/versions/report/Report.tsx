import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import ColumnLayout from "@cloudscape-design/components/column-layout";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import Table from "@cloudscape-design/components/table";
import { useSearchParams } from "react-router-dom";
import { useVersions } from "../../projects/queries";
import { Failure } from "../../shell/Failure";
import { isTrained, named, type Version } from "../version";
import { Calibration } from "./Calibration";
import { Chosen } from "./Chosen";
import { Compare } from "./Compare";
import { Confusion } from "./Confusion";
import { type Evaluation, type Report as Data, useEvaluation } from "./data";
import { Headline } from "./Headline";
import { Labels } from "./Labels";
import { Mistakes, WrongLabels } from "./Mistakes";
import { Results } from "./Results";
import { Threshold } from "./Threshold";
import { figure, percent } from "../words";

// Report is how good a model is, and where it is wrong.
export function Report({ version }: { version: Version }) {
  const { data, error, refetch } = useEvaluation(version);
  const [params, setParams] = useSearchParams();
  const other = params.get("with") ?? "";
  if (!version.EvaluationResult?.Summary) return <Alert type="info" header="There is no evaluation">{version.StatusMessage}</Alert>;
  if (error) return <Failure of="The report" thrown={error} retry={() => void refetch()} />;
  if (!data) return <Box textAlign="center" padding="xl"><Spinner size="large" /> Loading the report</Box>;
  return (
    <SpaceBetween size="l">
      <Choice version={version} other={other} choose={(name) => setParams(name ? { with: name } : {})} />
      {other ? <Compare version={version} other={other} mine={data} /> : data.report ? <Whole report={data.report} project={version.project} model={version.name} /> : <Brief evaluation={data} />}
    </SpaceBetween>
  );
}

// Choice is of a model to compare with.
function Choice({ version, other, choose }: { version: Version; other: string; choose: (name: string) => void }) {
  const { data } = useVersions(version.projectArn);
  const others = (data ?? []).map((v) => named(v, version.projectArn)).filter((v) => v.name !== version.name && isTrained(v) && v.EvaluationResult);
  if (!others.length) return null;
  const options = [{ value: "", label: "No other" }, ...others.map((v) => ({ value: v.name, label: v.name, description: v.EvaluationResult?.F1Score === undefined ? undefined : `F1 score ${figure(v.EvaluationResult.F1Score)}` }))];
  return (
    <FormField label="Compare with another model of this project">
      <div style={{ maxWidth: 420 }}>
        <Select options={options} selectedOption={options.find((o) => o.value === other) ?? { value: other, label: other }} onChange={({ detail }) => choose(detail.selectedOption.value ?? "")} />
      </div>
    </FormField>
  );
}

function Whole({ report, project, model }: { report: Data; project: string; model: string }) {
  return (
    <SpaceBetween size="l">
      <Headline report={report} />
      <Labels report={report} />
      <Threshold report={report} />
      {report.confusion && <Confusion report={report} />}
      <Mistakes report={report} />
      <Results report={report} />
      <WrongLabels report={report} project={project} model={model} />
      <Calibration report={report} />
      <Chosen report={report} />
    </SpaceBetween>
  );
}

// Brief is what AWS's summary tells, of models without a report that can be read here.
function Brief({ evaluation: { summary } }: { evaluation: Evaluation }) {
  if (!summary) return <Alert type="warning" header="The evaluation is gone">Its files are no longer in the output location. The model works without them.</Alert>;
  const { F1Score, Precision, Recall } = summary.AggregatedEvaluationResults;
  return (
    <SpaceBetween size="l">
      <Alert type="info">This model was trained by an earlier version of the server, so that only its figures are shown here. Its whole report is a page among its files (tab Details). Train again for a report with pictures.</Alert>
      <Container header={<Header variant="h2" description={`On ${summary.EvaluationDetails.NumberOfTestingImages} test pictures; trained on ${summary.EvaluationDetails.NumberOfTrainingImages}.`}>How good it is</Header>}>
        <ColumnLayout columns={3} variant="text-grid">
          {([["F1 score", F1Score], ["Precision", Precision], ["Recall", Recall]] as const).map(([name, value]) => (
            <div key={name}><Box variant="awsui-key-label">{name}</Box><Box variant="awsui-value-large">{figure(value)}</Box></div>
          ))}
        </ColumnLayout>
      </Container>
      <Table
        header={<Header variant="h2">Per label performance</Header>}
        items={summary.LabelEvaluationResults}
        columnDefinitions={[
          { id: "label", header: "Label", cell: (l) => l.Label, isRowHeader: true },
          { id: "f1", header: "F1 score", cell: (l) => figure(l.Metrics.F1Score) },
          { id: "precision", header: "Precision", cell: (l) => figure(l.Metrics.Precision) },
          { id: "recall", header: "Recall", cell: (l) => figure(l.Metrics.Recall) },
          { id: "threshold", header: "Threshold", cell: (l) => percent(l.Metrics.Threshold) },
          { id: "test", header: "Test pictures", cell: (l) => l.NumberOfTestingImages },
        ]}
      />
    </SpaceBetween>
  );
}
