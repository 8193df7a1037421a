/** What DICOM calls the classes of objects that files hold (PS3.6, table A-1). */

/** What the UIDs of all of them begin with. */
export const ROOT = "1.2.840.10008.5.1.4.";

/** The name of a storage SOP class, `CT Image Storage`; of any other UID the UID itself. */
export function sopClassName(uid: string): string {
  const name = uid.startsWith(ROOT) ? NAMES.get(uid.slice(ROOT.length)) : undefined;
  if (name === undefined) return uid;
  return name.includes("Storage") ? name : `${name} Storage`;
}

/** Whether it is the UID of a class in that table. */
export const isStorageClass = (uid: string): boolean => uid.startsWith(ROOT) && NAMES.has(uid.slice(ROOT.length));

/** One a line, "Storage" left out at the end. */
const TABLE = `
1.1.1 Computed Radiography Image
1.1.1.1 Digital X-Ray Image Storage - For Presentation
1.1.1.1.1 Digital X-Ray Image Storage - For Processing
1.1.1.2 Digital Mammography X-Ray Image Storage - For Presentation
1.1.1.2.1 Digital Mammography X-Ray Image Storage - For Processing
1.1.1.3 Digital Intra-Oral X-Ray Image Storage - For Presentation
1.1.1.3.1 Digital Intra-Oral X-Ray Image Storage - For Processing
1.1.2 CT Image
1.1.2.1 Enhanced CT Image
1.1.2.2 Legacy Converted Enhanced CT Image
1.1.3 Ultrasound Multi-frame Image
1.1.3.1 Ultrasound Multi-frame Image
1.1.4 MR Image
1.1.4.1 Enhanced MR Image
1.1.4.2 MR Spectroscopy
1.1.4.3 Enhanced MR Color Image
1.1.4.4 Legacy Converted Enhanced MR Image
1.1.5 Nuclear Medicine Image
1.1.6 Ultrasound Image
1.1.6.1 Ultrasound Image
1.1.6.2 Enhanced US Volume
1.1.6.3 Photoacoustic Image
1.1.7 Secondary Capture Image
1.1.7.1 Multi-frame Single Bit Secondary Capture Image
1.1.7.2 Multi-frame Grayscale Byte Secondary Capture Image
1.1.7.3 Multi-frame Grayscale Word Secondary Capture Image
1.1.7.4 Multi-frame True Color Secondary Capture Image
1.1.8 Standalone Overlay
1.1.9 Standalone Curve
1.1.9.1 Waveform Storage - Trial
1.1.9.1.1 12-lead ECG Waveform
1.1.9.1.2 General ECG Waveform
1.1.9.1.3 Ambulatory ECG Waveform
1.1.9.1.4 General 32-bit ECG Waveform
1.1.9.2.1 Hemodynamic Waveform
1.1.9.3.1 Cardiac Electrophysiology Waveform
1.1.9.4.1 Basic Voice Audio Waveform
1.1.9.4.2 General Audio Waveform
1.1.9.5.1 Arterial Pulse Waveform
1.1.9.6.1 Respiratory Waveform
1.1.9.6.2 Multi-channel Respiratory Waveform
1.1.9.7.1 Routine Scalp Electroencephalogram Waveform
1.1.9.7.2 Electromyogram Waveform
1.1.9.7.3 Electrooculogram Waveform
1.1.9.7.4 Sleep Electroencephalogram Waveform
1.1.9.8.1 Body Position Waveform
1.1.10 Standalone Modality LUT
1.1.11 Standalone VOI LUT
1.1.11.1 Grayscale Softcopy Presentation State
1.1.11.2 Color Softcopy Presentation State
1.1.11.3 Pseudo-Color Softcopy Presentation State
1.1.11.4 Blending Softcopy Presentation State
1.1.11.5 XA/XRF Grayscale Softcopy Presentation State
1.1.11.6 Grayscale Planar MPR Volumetric Presentation State
1.1.11.7 Compositing Planar MPR Volumetric Presentation State
1.1.11.8 Advanced Blending Presentation State
1.1.11.9 Volume Rendering Volumetric Presentation State
1.1.11.10 Segmented Volume Rendering Volumetric Presentation State
1.1.11.11 Multiple Volume Rendering Volumetric Presentation State
1.1.11.12 Variable Modality LUT Softcopy Presentation State
1.1.12.1 X-Ray Angiographic Image
1.1.12.1.1 Enhanced XA Image
1.1.12.2 X-Ray Radiofluoroscopic Image
1.1.12.2.1 Enhanced XRF Image
1.1.12.3 X-Ray Angiographic Bi-Plane Image
1.1.13.1.1 X-Ray 3D Angiographic Image
1.1.13.1.2 X-Ray 3D Craniofacial Image
1.1.13.1.3 Breast Tomosynthesis Image
1.1.13.1.4 Breast Projection X-Ray Image Storage - For Presentation
1.1.13.1.5 Breast Projection X-Ray Image Storage - For Processing
1.1.14.1 Intravascular Optical Coherence Tomography Image Storage - For Presentation
1.1.14.2 Intravascular Optical Coherence Tomography Image Storage - For Processing
1.1.20 Nuclear Medicine Image
1.1.30 Parametric Map
1.1.66 Raw Data
1.1.66.1 Spatial Registration
1.1.66.2 Spatial Fiducials
1.1.66.3 Deformable Spatial Registration
1.1.66.4 Segmentation
1.1.66.5 Surface Segmentation
1.1.66.6 Tractography Results
1.1.66.7 Label Map Segmentation
1.1.67 Real World Value Mapping
1.1.68.1 Surface Scan Mesh
1.1.68.2 Surface Scan Point Cloud
1.1.77.1 VL Image Storage - Trial
1.1.77.2 VL Multi-frame Image Storage - Trial
1.1.77.1.1 VL Endoscopic Image
1.1.77.1.1.1 Video Endoscopic Image
1.1.77.1.2 VL Microscopic Image
1.1.77.1.2.1 Video Microscopic Image
1.1.77.1.3 VL Slide-Coordinates Microscopic Image
1.1.77.1.4 VL Photographic Image
1.1.77.1.4.1 Video Photographic Image
1.1.77.1.5.1 Ophthalmic Photography 8 Bit Image
1.1.77.1.5.2 Ophthalmic Photography 16 Bit Image
1.1.77.1.5.3 Stereometric Relationship
1.1.77.1.5.4 Ophthalmic Tomography Image
1.1.77.1.5.5 Wide Field Ophthalmic Photography Stereographic Projection Image
1.1.77.1.5.6 Wide Field Ophthalmic Photography 3D Coordinates Image
1.1.77.1.5.7 Ophthalmic Optical Coherence Tomography En Face Image
1.1.77.1.5.8 Ophthalmic Optical Coherence Tomography B-scan Volume Analysis
1.1.77.1.6 VL Whole Slide Microscopy Image
1.1.77.1.7 Dermoscopic Photography Image
1.1.77.1.8 Confocal Microscopy Image
1.1.77.1.9 Confocal Microscopy Tiled Pyramidal Image
1.1.78.1 Lensometry Measurements
1.1.78.2 Autorefraction Measurements
1.1.78.3 Keratometry Measurements
1.1.78.4 Subjective Refraction Measurements
1.1.78.5 Visual Acuity Measurements
1.1.78.6 Spectacle Prescription Report
1.1.78.7 Ophthalmic Axial Measurements
1.1.78.8 Intraocular Lens Calculations
1.1.79.1 Macular Grid Thickness and Volume Report
1.1.80.1 Ophthalmic Visual Field Static Perimetry Measurements
1.1.81.1 Ophthalmic Thickness Map
1.1.82.1 Corneal Topography Map
1.1.88.1 Text SR Storage - Trial
1.1.88.2 Audio SR Storage - Trial
1.1.88.3 Detail SR Storage - Trial
1.1.88.4 Comprehensive SR Storage - Trial
1.1.88.11 Basic Text SR
1.1.88.22 Enhanced SR
1.1.88.33 Comprehensive SR
1.1.88.34 Comprehensive 3D SR
1.1.88.35 Extensible SR
1.1.88.40 Procedure Log
1.1.88.50 Mammography CAD SR
1.1.88.59 Key Object Selection Document
1.1.88.65 Chest CAD SR
1.1.88.67 X-Ray Radiation Dose SR
1.1.88.68 Radiopharmaceutical Radiation Dose SR
1.1.88.69 Colon CAD SR
1.1.88.70 Implantation Plan SR
1.1.88.71 Acquisition Context SR
1.1.88.72 Simplified Adult Echo SR
1.1.88.73 Patient Radiation Dose SR
1.1.88.74 Planned Imaging Agent Administration SR
1.1.88.75 Performed Imaging Agent Administration SR
1.1.88.76 Enhanced X-Ray Radiation Dose SR
1.1.88.77 Waveform Annotation SR
1.1.90.1 Content Assessment Results
1.1.91.1 Microscopy Bulk Simple Annotations
1.1.104.1 Encapsulated PDF
1.1.104.2 Encapsulated CDA
1.1.104.3 Encapsulated STL
1.1.104.4 Encapsulated OBJ
1.1.104.5 Encapsulated MTL
1.1.128 Positron Emission Tomography Image
1.1.128.1 Legacy Converted Enhanced PET Image
1.1.129 Standalone PET Curve
1.1.130 Enhanced PET Image
1.1.131 Basic Structured Display
1.1.200.1 CT Defined Procedure Protocol
1.1.200.2 CT Performed Procedure Protocol
1.1.200.3 Protocol Approval
1.1.200.7 XA Defined Procedure Protocol
1.1.200.8 XA Performed Procedure Protocol
1.1.201.1 Inventory
1.1.481.1 RT Image
1.1.481.2 RT Dose
1.1.481.3 RT Structure Set
1.1.481.4 RT Beams Treatment Record
1.1.481.5 RT Plan
1.1.481.6 RT Brachy Treatment Record
1.1.481.7 RT Treatment Summary Record
1.1.481.8 RT Ion Plan
1.1.481.9 RT Ion Beams Treatment Record
1.1.481.10 RT Physician Intent
1.1.481.11 RT Segment Annotation
1.1.481.12 RT Radiation Set
1.1.481.13 C-Arm Photon-Electron Radiation
1.1.481.14 Tomotherapeutic Radiation
1.1.481.15 Robotic-Arm Radiation
1.1.481.16 RT Radiation Record Set
1.1.481.17 RT Radiation Salvage Record
1.1.481.18 Tomotherapeutic Radiation Record
1.1.481.19 C-Arm Photon-Electron Radiation Record
1.1.481.20 Robotic Radiation Record
1.1.481.21 RT Radiation Set Delivery Instruction
1.1.481.22 RT Treatment Preparation
1.1.481.23 Enhanced RT Image
1.1.481.24 Enhanced Continuous RT Image
1.1.481.25 RT Patient Position Acquisition Instruction
1.1.501.1 DICOS CT Image
1.1.501.2.1 DICOS Digital X-Ray Image Storage - For Presentation
1.1.501.2.2 DICOS Digital X-Ray Image Storage - For Processing
1.1.501.3 DICOS Threat Detection Report
1.1.501.4 DICOS 2D AIT
1.1.501.5 DICOS 3D AIT
1.1.501.6 DICOS Quadrupole Resonance (QR)
1.1.601.1 Eddy Current Image
1.1.601.2 Eddy Current Multi-frame Image
34.1 RT Beams Delivery Instruction Storage - Trial
34.7 RT Beams Delivery Instruction
34.10 RT Brachy Application Setup Delivery Instruction
38.1 Hanging Protocol
39.1 Color Palette
43.1 Generic Implant Template
44.1 Implant Assembly Template
45.1 Implant Template Group
`;

const NAMES: ReadonlyMap<string, string> = new Map(
  TABLE.trim()
    .split("\n")
    .map((line) => [line.slice(0, line.indexOf(" ")), line.slice(line.indexOf(" ") + 1)]),
);
