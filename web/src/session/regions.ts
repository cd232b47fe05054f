// regions are those that a server has unless its configuration names others.
export const regions = [
  "us-east-1", "us-east-2", "us-west-2", "eu-central-1", "eu-west-1", "eu-west-2", "ap-northeast-1", "ap-northeast-2", "ap-south-1", "ap-southeast-1",
  "ap-southeast-2",
];

// regionsWith are the usual regions and those that are in use.
export function regionsWith(...more: string[]): string[] {
  return [...new Set([...more, ...regions])].sort((a, b) => regions.indexOf(a) - regions.indexOf(b));
}
