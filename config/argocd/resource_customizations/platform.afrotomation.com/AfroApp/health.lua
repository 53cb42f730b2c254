-- AfroApp follows kstatus: observedGeneration, Ready, and Reconciling or Stalled while true.
-- It reports Healthy only on proof: the spec was seen, and Ready is True.

local pausedAnnotation = "platform.afrotomation.com/paused"

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

local function paused(metadata)
  return metadata.annotations ~= nil and metadata.annotations[pausedAnnotation] == "true"
end

-- The hop, the cause in the words of the system that shrugged, and what to do.
local function stuckLine(stuckAt, stalled)
  if stuckAt == nil then
    return stalled.message
  end
  return stuckAt.hop .. ": " .. stuckAt.message .. "; " .. stuckAt.fix
end

local status = obj.status
if status == nil or status.observedGeneration == nil then
  return { status = "Progressing", message = "Waiting for the AfroApp controller" }
end
if obj.metadata.generation ~= nil and status.observedGeneration < obj.metadata.generation then
  return { status = "Progressing", message = "Waiting for the AfroApp controller to see the new spec" }
end
if paused(obj.metadata) then
  return { status = "Suspended", message = "Paused by the annotation " .. pausedAnnotation }
end

local stalled = condition(status, "Stalled")
if status.stuckAt ~= nil or isTrue(stalled) then
  return { status = "Degraded", message = stuckLine(status.stuckAt, stalled) }
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
