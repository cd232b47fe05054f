import { DeleteProjectPolicyCommand, ListProjectPoliciesCommand, type ProjectPolicy } from "@aws-sdk/client-rekognition";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useRekognition } from "../session/clients";
import { Ask } from "../shell/Ask";
import { Failure } from "../shell/Failure";
import { PolicyEditor } from "./PolicyEditor";
import { when } from "./when";

// Policies are who else may copy models of a project.
export function Policies({ arn }: { arn: string }) {
  const rekognition = useRekognition();
  const queries = useQueryClient();
  const [open, setOpen] = useState<"new" | "edit" | "delete">();
  const [selected, setSelected] = useState<ProjectPolicy>();
  const policies = useQuery({
    queryKey: ["policies", arn],
    queryFn: async () => {
      const list: ProjectPolicy[] = [];
      for (let token: string | undefined, more = true; more; ) {
        const got = await rekognition.send(new ListProjectPoliciesCommand({ ProjectArn: arn, NextToken: token }));
        list.push(...(got.ProjectPolicies ?? []));
        token = got.NextToken;
        more = !!token;
      }
      return list;
    },
  });

  async function remove() {
    await rekognition.send(new DeleteProjectPolicyCommand({ ProjectArn: arn, PolicyName: selected!.PolicyName, PolicyRevisionId: selected!.PolicyRevisionId }));
    await policies.refetch();
    setSelected(undefined);
  }

  if (policies.isError) return <Failure of="The list of policies" thrown={policies.error} retry={() => void policies.refetch()} />;
  return (
    <>
      <Table
        variant="embedded"
        items={policies.data ?? []}
        loading={policies.isPending}
        loadingText="Loading the policies"
        trackBy="PolicyName"
        selectionType="single"
        selectedItems={selected ? [selected] : []}
        onSelectionChange={({ detail }) => setSelected(detail.selectedItems[0])}
        columnDefinitions={[
          { id: "name", header: "Policy", cell: (p) => p.PolicyName, isRowHeader: true },
          { id: "changed", header: "Changed", cell: (p) => when(p.LastUpdatedTimestamp) },
        ]}
        header={
          <Header
            variant="h3"
            description="A policy lets other accounts copy models of this project."
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <Button disabled={!selected} onClick={() => setOpen("delete")}>Delete</Button>
                <Button disabled={!selected} onClick={() => setOpen("edit")}>Edit</Button>
                <Button onClick={() => setOpen("new")}>Add a policy</Button>
              </SpaceBetween>
            }
          >
            Project policies
          </Header>
        }
        empty={<Box textAlign="center">No policy: only this account copies its models.</Box>}
        ariaLabels={{ tableLabel: "Project policies", selectionGroupLabel: "Select a policy", itemSelectionLabel: (_, p) => p.PolicyName! }}
      />
      {(open === "new" || open === "edit") && (
        <PolicyEditor arn={arn} policy={open === "edit" ? selected : undefined} close={() => { setOpen(undefined); setSelected(undefined); void queries.invalidateQueries({ queryKey: ["policies"] }); }} />
      )}
      {open === "delete" && selected && (
        <Ask title={`Delete the policy ${selected.PolicyName}?`} doing={`Deleting the policy ${selected.PolicyName}`} verb="Delete" close={() => setOpen(undefined)} act={remove}>
          <Box>Whom it names cannot copy models of this project any more. Copies that were made stay.</Box>
        </Ask>
      )}
    </>
  );
}
