import Toggle from "@cloudscape-design/components/toggle";
import { useDesk } from "./desk";
import { freed } from "./keys";

// Several chooses whether a picture has one label or may have more.
export function Several() {
  const { several, setSeveral } = useDesk();
  return <Toggle checked={several} onChange={freed(({ detail }) => setSeveral(detail.checked))}>Several labels a picture</Toggle>;
}
