import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import ContentLayout from "@cloudscape-design/components/content-layout";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import Tabs, { type TabsProps } from "@cloudscape-design/components/tabs";
import { lazy, Suspense, useEffect } from "react";
import { useNavigate, useParams } from "react-router-dom";
import { remedyOf } from "../projects/failed";
import { State } from "../projects/states";
import { Failure } from "../shell/Failure";
import { usePage } from "../shell/Shell";
import { Actions } from "./manage/Actions";
import { forget } from "./training/log";
import { isTrained, useVersion, type Version as Model } from "./version";

const Report = lazy(() => import("./report/Report").then((m) => ({ default: m.Report })));
const Training = lazy(() => import("./training/Training").then((m) => ({ default: m.Training })));
const Try = lazy(() => import("./trying/Try").then((m) => ({ default: m.Try })));
const Code = lazy(() => import("./code/Code").then((m) => ({ default: m.Code })));
const Copying = lazy(() => import("./manage/Copying").then((m) => ({ default: m.Copying })));
const Details = lazy(() => import("./manage/Details").then((m) => ({ default: m.Details })));

// Version is the page of a model.
export default function Version() {
  const { project = "", version = "", "*": rest = "" } = useParams();
  const at = `/projects/${encodeURIComponent(project)}`;
  usePage([{ text: "Projects", href: "/projects" }, { text: project, href: at }, { text: version, href: `${at}/versions/${encodeURIComponent(version)}` }]);
  const { data, error, refetch } = useVersion(project, version);
  useEffect(() => {
    if (data && isTrained(data)) forget(data);
  }, [data]);
  if (error && (!data || (error as { name?: string }).name === "ResourceNotFoundException")) return <Failure of={`The model ${version}`} thrown={error} retry={() => void refetch()} />;
  if (!data) return <Box textAlign="center" padding="xxl"><Spinner size="large" /></Box>;
  return (
    <ContentLayout
      header={
        <Header variant="h1" actions={<Actions version={data} />}
          description={<><State of={data.Status} />{data.EvaluationResult?.F1Score !== undefined && <Box variant="span" margin={{ left: "m" }} color="text-body-secondary">F1 score {data.EvaluationResult.F1Score.toFixed(3)}</Box>}</>}>
          {version}
        </Header>
      }
    >
      <Pages key={data.ProjectVersionArn} version={data} at={`${at}/versions/${encodeURIComponent(version)}`} page={rest.split("/")[0] ?? ""} />
    </ContentLayout>
  );
}

function Pages({ version, at, page }: { version: Model; at: string; page: string }) {
  const navigate = useNavigate();
  const tabs: TabsProps.Tab[] = isTrained(version)
    ? [
        { id: "report", label: "Report", content: <Report version={version} /> },
        { id: "try", label: "Try it", content: <Try version={version} /> },
        { id: "code", label: "Use your model", content: <Code version={version} /> },
        { id: "details", label: "Details", content: <Details version={version} /> },
      ]
    : [
        version.Status === "TRAINING_IN_PROGRESS" ? { id: "now", label: "Training", content: <Training version={version} /> }
          : version.Status === "COPYING_IN_PROGRESS" ? { id: "now", label: "Copy", content: <Copying version={version} /> }
            : { id: "now", label: "State", content: <None version={version} /> },
        { id: "details", label: "Details", content: <Details version={version} /> },
      ];
  const active = tabs.find((t) => t.id === page)?.id ?? tabs[0]!.id;
  return (
    <Tabs
      i18nStrings={{ scrollLeftAriaLabel: "Earlier tabs", scrollRightAriaLabel: "Later tabs" }}
      ariaLabel="Parts of the model's page"
      activeTabId={active}
      tabs={tabs.map((t) => ({ ...t, href: `/console${at}/${t.id}`, content: <Suspense fallback={<Box textAlign="center" padding="xl"><Spinner /></Box>}>{t.content}</Suspense> }))}
      onChange={({ detail }) => navigate(`${at}/${detail.activeTabId}`, { replace: true })}
    />
  );
}

// None explains a model that is none yet, or will never be one.
function None({ version }: { version: Model }) {
  const navigate = useNavigate();
  const home = `/projects/${encodeURIComponent(version.project)}`;
  const failed = /FAILED/.test(version.Status ?? "");
  return (
    <SpaceBetween size="m">
      <Alert type={failed ? "error" : "info"} header={version.Status === "COPYING_FAILED" ? "The copy failed" : failed ? "The training failed" : "Something is being done with it"}>{version.StatusMessage} {failed && remedyOf(version)}</Alert>
      {failed && (
        <SpaceBetween direction="horizontal" size="xs">
          {version.Status === "TRAINING_FAILED" && <Button variant="primary" onClick={() => navigate(`${home}/datasets/train`)}>Open the training dataset</Button>}
          <Button onClick={() => navigate(home)}>To the project</Button>
        </SpaceBetween>
      )}
    </SpaceBetween>
  );
}
