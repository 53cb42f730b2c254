-- AfroPlatform follows kstatus: observedGeneration, Ready, and Reconciling or Stalled while true.
-- Its findings say what would make a silent no-op, worst first.

local function condition(status, type)
  local conditions = status.conditions or {}
  for i = 1, #conditions do
    if conditions[i].type == type then
      return conditions[i]
    end
  end
  return nil
end

local function isTrue(c)
  return c ~= nil and c.status == "True"
end

local function firstError(status)
  local findings = status.findings or {}
  for i = 1, #findings do
    if findings[i].severity == "Error" then
      return findings[i].reason .. ": " .. findings[i].message .. "; " .. findings[i].fix
    end
  end
  return nil
end

local status = obj.status
if status == nil or status.observedGeneration == nil then
  return { status = "Progressing", message = "Waiting for the AfroPlatform controller" }
end
if obj.metadata.generation ~= nil and status.observedGeneration < obj.metadata.generation then
  return { status = "Progressing", message = "Waiting for the AfroPlatform controller to see the new spec" }
end

local stalled = condition(status, "Stalled")
if isTrue(stalled) then
  return { status = "Degraded", message = firstError(status) or stalled.message }
end
local reconciling = condition(status, "Reconciling")
if isTrue(reconciling) then
  return { status = "Progressing", message = reconciling.message }
end
local ready = condition(status, "Ready")
if isTrue(ready) then
  return { status = "Healthy", message = ready.message }
end
if ready ~= nil then
  return { status = "Progressing", message = ready.message }
end
return { status = "Progressing", message = "Waiting for the condition Ready" }
