using System.Globalization;
using Agent.Actors.Node;
using Agent.Actors.Workloads;
using Agent.Netlink;
using Agent.Primitives;
using Agent.Simulation.Outside;

namespace Agent.Simulation.Agents;

/// <summary>The container runtime of one host: starts and ends pods by chance, calls the agent as CNI does, and repeats
/// what fails until it is done.</summary>
/// <remarks>It outlives the agent's process. An ADD whose outcome is unknown is repeated, or undone by DEL; of a host
/// that crashed no pod is left, and each is given back by DEL.</remarks>
internal sealed class Kubelet
{
    private const string Network = "k8s-pod-network";
    private const int MostPods = 12;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1.2);

    private readonly World _world;
    private readonly AgentPart _part;
    private readonly Node _node;
    private readonly Random _random;
    private readonly List<Pod> _pods = [];
    private int _started;

    public Kubelet(World world, AgentPart part, Node node)
    {
        (_world, _part, _node) = (world, part, node);
        _random = world.Seeded.CreateRandom(node.Name + " kubelet");
        world.Seeded.After(LongestPause, Turn);
    }

    /// <summary>Where a pod stands.</summary>
    internal enum Phase
    {
        Adding,
        Running,
        Deleting,
    }

    /// <summary>The pods that are there, in order of their starts.</summary>
    public IEnumerable<Pod> Pods => _pods;

    /// <summary>The agent's process is gone: what it was asked will not be answered.</summary>
    public void OnDeath(bool ofHost)
    {
        foreach (var pod in _pods)
        {
            pod.Call++;
            pod.IsBusy = false;
            if (!ofHost)
                continue;
            pod.HasNamespace = false;
            End(pod);
        }
    }

    private void Turn()
    {
        _world.Seeded.After(LongestPause * _random.NextDouble(), Turn);
        if (_node.Process is not { IsDead: false } || _world.Violation is not null)
            return;
        foreach (var pod in _pods.Where(pod => !pod.IsBusy).ToList())
        {
            if (pod.Phase == Phase.Adding && _random.Next(2) == 0)
                Add(pod);
            else if (pod.Phase != Phase.Running)
                Delete(pod);
        }

        if (_part.IsQuiet)
            return;
        if (!_part.IsExcluded(_node) && _pods.Count < MostPods && _random.Next(3) > 0)
            StartPod();
        else if (_pods.Find(pod => pod.Phase == Phase.Running) is { } oldest)
            Delete(oldest);
    }

    private void StartPod()
    {
        var number = (++_started).ToString(CultureInfo.InvariantCulture);
        var pod = new Pod($"{_node.Name}-c{number}", $"{_node.Name}-p{number}") { HasNamespace = true };
        _part.KernelOf(_node).AddNamespace(pod.Netns);
        _pods.Add(pod);
        Add(pod);
    }

    private void Add(Pod pod)
    {
        Ask(pod, new PodProtocol.Add(Sandbox(pod), pod.Netns, "eth0", 1500, false, []), answer =>
        {
            if (answer is PodProtocol.Added added)
            {
                pod.Phase = Phase.Running;
                _part.Added(_node, pod, added.Address);
            }
            else
            {
                // The runtime gives the sandbox up.
                End(pod);
            }
        });
    }

    private void Delete(Pod pod)
    {
        End(pod);
        Ask(pod, new PodProtocol.Delete(Sandbox(pod), pod.HasNamespace ? pod.Netns : null, "eth0"), answer =>
        {
            if (answer is not PodProtocol.Done)
                return;
            if (pod.HasNamespace)
                _part.KernelOf(_node).RemoveNamespace(pod.Netns);
            _pods.Remove(pod);
        });
    }

    /// <summary>From here on the pod's address may be another's.</summary>
    private void End(Pod pod)
    {
        pod.Phase = Phase.Deleting;
        _part.Ends(pod);
    }

    private void Ask(Pod pod, object request, Action<object?> onAnswer)
    {
        pod.IsBusy = true;
        var call = ++pod.Call;
        _node.Process.System.ActorSelection($"/user/{NodeActor.Name}/pods").Ask<object>(request, Patience).ContinueWith(
            asked =>
            {
                if (pod.Call != call)
                    return;
                pod.IsBusy = false;
                onAnswer(asked.IsCompletedSuccessfully ? asked.Result : null);
            },
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private static PodProtocol.Sandbox Sandbox(Pod pod) => new(Network, pod.Container, "default", pod.Name);

    /// <summary>One pod's sandbox.</summary>
    internal sealed class Pod(string container, string name)
    {
        public string Container => container;

        public string Name => name;

        public string Netns => "/run/netns/" + container;

        public string Handle => $"{Network}.{container}";

        public string HostInterface => HostInterfaceName.For("default", name);

        public bool IsRunning => Phase == Phase.Running;

        /// <summary>Whether a request is under way.</summary>
        public bool IsBusy { get; set; }

        /// <summary>The number of the request whose answer counts.</summary>
        public int Call { get; set; }

        public bool HasNamespace { get; set; }

        /// <summary>What it was given, once it was.</summary>
        public IpAddr? Address { get; set; }

        public Phase Phase { get; set; }
    }
}
