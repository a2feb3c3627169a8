// ONNX Runtime's Linux build sends usage data to its maker and reads this variable when the library is loaded, so this
// module must be imported before onnxruntime-node. A drawn radiograph is nobody's, but nothing here may call out.
process.env['ORT_DISABLE_TELEMETRY'] = '1';
