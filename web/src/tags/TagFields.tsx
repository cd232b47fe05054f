import AttributeEditor from "@cloudscape-design/components/attribute-editor";
import Input from "@cloudscape-design/components/input";
import { keyTrouble, mostTags, type Tag, valueTrouble } from "./tags";

// TagFields edits a list of tags, and says of each what is wrong with it; of one that was only just added when it is tried.
export function TagFields({ tags, set, tried }: { tags: Tag[]; set: (tags: Tag[]) => void; tried?: boolean }) {
  const put = (i: number, part: Partial<Tag>) => set(tags.map((t, k) => (k === i ? { ...t, ...part } : t)));
  return (
    <AttributeEditor
      items={tags}
      addButtonText="Add a tag"
      removeButtonText="Remove"
      removeButtonAriaLabel={(t) => `Remove the tag ${t.key}`}
      disableAddButton={tags.length >= mostTags}
      additionalInfo={tags.length >= mostTags ? `A resource has up to ${mostTags} tags.` : undefined}
      empty="No tags"
      onAddButtonClick={() => set([...tags, { key: "", value: "" }])}
      onRemoveButtonClick={({ detail }) => set(tags.filter((_, i) => i !== detail.itemIndex))}
      i18nStrings={{ errorIconAriaLabel: "Error", itemRemovedAriaLive: "The tag was removed." }}
      definition={[
        {
          label: "Key",
          control: (t, i) => <Input value={t.key} onChange={({ detail }) => put(i, { key: detail.value })} />,
          errorText: (t) => (tried || t.key || t.value ? keyTrouble(t, tags) : undefined),
        },
        { label: "Value", control: (t, i) => <Input value={t.value} onChange={({ detail }) => put(i, { value: detail.value })} />, errorText: valueTrouble },
      ]}
    />
  );
}
