-- AfroHostClaim is a lock without a status: that it exists is all there is to know.

local holder = obj.spec.holder
return { status = "Healthy", message = "Held by " .. holder.namespace .. "/" .. holder.name }
