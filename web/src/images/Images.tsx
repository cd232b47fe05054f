import { Navigate, Route, Routes } from "react-router-dom";
import { useSession } from "../session/session";
import { Catalogue } from "./Catalogue";
import { ImagePage } from "./ImagePage";

// Images is the AppStream image catalogue, a region at a time: the region is in the address, beside that of the session.
export default function Images() {
  const { region } = useSession();
  return (
    <Routes>
      <Route path=":region" element={<Catalogue tab="images" />} />
      <Route path=":region/exports" element={<Catalogue tab="exports" />} />
      <Route path=":region/:owner/:name" element={<ImagePage />} />
      <Route path="*" element={<Navigate to={`/images/${region}`} replace />} />
    </Routes>
  );
}
